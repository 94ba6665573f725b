//! What signs tokens: a secret, or the keys of a file; and for whom they are.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use countersign_auth::Secret;

use super::environment::Environment;
use super::fault::Fault;
use super::values;
use crate::keys::{KeyFile, SharedKeySet};
use crate::token::TokenOptions;

/// What every command that signs or verifies tokens can be told.
#[derive(Args, Clone, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
pub struct SigningFlags {
    /// A file with the secret that signs tokens, at least 32 bytes; one line break at its end does
    /// not count. Or put the secret itself into the variable COUNTERSIGN_SECRET.
    #[arg(long, env = "COUNTERSIGN_SECRET_FILE", value_name = "FILE")]
    pub secret_file: Option<PathBuf>,

    /// A file with the keys that sign tokens, in place of a secret: a private JWK Set, which
    /// `countersign key` writes. The first key signs, all of them verify, and the file is read again
    /// when it changes.
    #[arg(long, env = "COUNTERSIGN_KEYS", value_name = "FILE")]
    pub keys: Option<PathBuf>,

    /// The "iss" claim of every token; tokens with another one, or none, are then refused. Let it be
    /// the URL under which clients reach the service: those that speak OAuth then find its
    /// endpoints by /.well-known/oauth-authorization-server.
    #[arg(long, env = "COUNTERSIGN_ISSUER", value_name = "NAME", value_parser = values::issuer)]
    pub issuer: Option<String>,

    /// The "aud" claim of every token; tokens for others, or for nobody, are then refused.
    #[arg(long, env = "COUNTERSIGN_AUDIENCE", value_name = "NAME", value_parser = values::name)]
    pub audience: Option<String>,
}

impl SigningFlags {
    /// Tokens as the service signs them with these flags, of this lifetime.
    ///
    /// # Errors
    ///
    /// The [`Fault`] of the secret or of the keys; [`Fault::NoKey`], where there are none.
    pub fn options(
        &self,
        environment: &Environment,
        lifetime: Duration,
    ) -> Result<TokenOptions, Fault> {
        let keys = Keys::new(self, environment)?.ok_or(Fault::NoKey)?.set;
        let (issuer, audience) = (self.issuer.clone(), self.audience.clone());
        Ok(TokenOptions { keys, lifetime, issuer, audience })
    }
}

/// What signs tokens, and where it comes from.
pub(super) struct Keys {
    pub(super) set: SharedKeySet,
    pub(super) file: Option<KeyFile>,
    pub(super) are_random: bool,
}

impl Keys {
    /// What was given, if anything was.
    pub(super) fn new(
        flags: &SigningFlags,
        environment: &Environment,
    ) -> Result<Option<Self>, Fault> {
        let Some(path) = flags.keys.as_deref() else {
            let secret = environment.secret(flags.secret_file.as_deref())?;
            return Ok(secret.map(|secret| Self::of_secret(&secret, false)));
        };
        if flags.secret_file.is_some() || environment.has_secret() {
            return Err(Fault::SecretAndKeys);
        }
        let (file, keys) = KeyFile::open(path)
            .map_err(|source| Fault::BadKeyFile { path: path.to_owned(), source })?;
        Ok(Some(Self { set: SharedKeySet::new(keys), file: Some(file), are_random: false }))
    }

    /// A random secret, which nobody else knows.
    pub(super) fn random() -> Result<Self, Fault> {
        let secret = Secret::random().map_err(Fault::BadSecret)?;
        Ok(Self::of_secret(&secret, true))
    }

    fn of_secret(secret: &Secret, is_random: bool) -> Self {
        Self { set: SharedKeySet::from_secret(secret), file: None, are_random: is_random }
    }
}

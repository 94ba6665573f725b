//! The flags of signing keys and claims, as given.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use countersign_auth::Secret;

use super::environment::Environment;
use super::error::ConfigError;
use super::value_parsers;
use crate::keys::{KeyFile, SharedKeySet};
use crate::token::{TokenOptions, UserClaim};

/// The flags of every command that signs or verifies tokens.
#[derive(Args, Clone, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
#[command(next_help_heading = "Tokens and sessions")]
pub struct SigningFlags {
    /// File with the secret that signs tokens (HS256), at least 32 bytes; one trailing line break is
    /// ignored. The secret itself can be set as COUNTERSIGN_SECRET
    #[arg(long, env = "COUNTERSIGN_SECRET_FILE", value_name = "FILE")]
    pub secret_file: Option<PathBuf>,

    /// Key file that signs tokens in place of a secret, written by `countersign key`
    ///
    /// A private JWK Set (RFC 7517). The first key signs, all keys verify. The file is read again
    /// when it changes.
    #[arg(long, env = "COUNTERSIGN_KEYS", value_name = "FILE")]
    pub keys: Option<PathBuf>,

    /// The "iss" claim of all tokens; tokens with another issuer are rejected
    ///
    /// Should be the URL under which clients reach the service: OAuth clients then discover the
    /// endpoints at /.well-known/oauth-authorization-server.
    #[arg(
        long, env = "COUNTERSIGN_ISSUER", value_name = "NAME",
        value_parser = value_parsers::issuer
    )]
    pub issuer: Option<String>,

    /// The "aud" claim of all tokens; tokens for another audience are rejected
    #[arg(
        long, env = "COUNTERSIGN_AUDIENCE", value_name = "NAME",
        value_parser = value_parsers::name
    )]
    pub audience: Option<String>,

    /// Claims about the user that access tokens have, separated by commas: email, email_verified,
    /// is_admin, metadata [default: none]
    ///
    /// They are those at the issue of the token: a later change is in the next one.
    #[arg(
        long, env = "COUNTERSIGN_TOKEN_CLAIMS", value_name = "CLAIM", value_delimiter = ',',
        value_parser = UserClaim::from_str
    )]
    pub token_claims: Vec<UserClaim>,
}

impl SigningFlags {
    /// The token options of the service with these flags, for access tokens of this lifetime.
    ///
    /// # Errors
    ///
    /// The [`ConfigError`] of the secret or of the key file; [`ConfigError::NoKey`] if neither is
    /// set.
    pub fn options(
        &self,
        environment: &Environment,
        lifetime: Duration,
    ) -> Result<TokenOptions, ConfigError> {
        let keys = Keys::new(self, environment).map_err(|error| environment.locate(error))?;
        let keys = keys.ok_or(ConfigError::NoKey)?.set;
        let (issuer, audience) = (self.issuer.clone(), self.audience.clone());
        let claims = self.token_claims.clone();
        Ok(TokenOptions { keys, lifetime, issuer, audience, claims })
    }
}

/// The signing keys, and their source.
pub(super) struct Keys {
    pub(super) set: SharedKeySet,
    pub(super) file: Option<KeyFile>,
    pub(super) are_random: bool,
}

impl Keys {
    /// The keys of the configured secret or key file; `None` if neither is set.
    pub(super) fn new(
        flags: &SigningFlags,
        environment: &Environment,
    ) -> Result<Option<Self>, ConfigError> {
        let Some(path) = flags.keys.as_deref() else {
            let secret = environment.secret(flags.secret_file.as_deref())?;
            return Ok(secret.map(|secret| Self::from_secret(&secret, false)));
        };
        if flags.secret_file.is_some() || environment.has_secret() {
            return Err(ConfigError::SecretAndKeyFile);
        }
        let (file, keys) = KeyFile::open(path)
            .map_err(|source| ConfigError::InvalidKeyFile { path: path.to_owned(), source })?;
        Ok(Some(Self { set: SharedKeySet::new(keys), file: Some(file), are_random: false }))
    }

    /// The key of a random secret, known to this process only.
    pub(super) fn random() -> Result<Self, ConfigError> {
        let secret = Secret::random().map_err(ConfigError::InvalidSecret)?;
        Ok(Self::from_secret(&secret, true))
    }

    fn from_secret(secret: &Secret, is_random: bool) -> Self {
        Self { set: SharedKeySet::from_secret(secret), file: None, are_random: is_random }
    }
}

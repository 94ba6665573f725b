//! What signs tokens: a secret, or the keys of a file.

use super::environment::Environment;
use super::fault::Fault;
use super::flags::ServeFlags;
use crate::token::{KeyFile, KeyRing, Secret};

/// What signs tokens, and where it comes from.
pub(super) struct Keys {
    pub(super) ring: KeyRing,
    pub(super) file: Option<KeyFile>,
    pub(super) are_random: bool,
}

impl Keys {
    /// What was given, if anything was.
    pub(super) fn new(
        flags: &ServeFlags,
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
        Ok(Some(Self { ring: KeyRing::new(keys), file: Some(file), are_random: false }))
    }

    /// A random secret, which nobody else knows.
    pub(super) fn random() -> Result<Self, Fault> {
        let secret = Secret::random().map_err(Fault::BadSecret)?;
        Ok(Self::of_secret(&secret, true))
    }

    fn of_secret(secret: &Secret, is_random: bool) -> Self {
        Self { ring: KeyRing::from_secret(secret), file: None, are_random: is_random }
    }
}

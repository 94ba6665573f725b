//! The `kid` of a key, as an argument.

use std::convert::Infallible;
use std::str::FromStr;

use super::error::KeyCommandError;
use crate::keys::{KeySet, SigningKey};

/// A kid, or an unambiguous prefix of one.
#[derive(Clone, Debug)]
pub(super) struct KidPrefix(String);

impl KidPrefix {
    /// The key whose kid has this prefix.
    pub(super) fn find<'a>(&self, keys: &'a KeySet) -> Result<&'a SigningKey, KeyCommandError> {
        let mut found = keys.iter().filter(|key| key.kid().starts_with(&self.0));
        match (found.next(), found.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(KeyCommandError::Ambiguous(self.0.clone())),
            (None, _) => Err(KeyCommandError::NoSuchKey(self.0.clone())),
        }
    }
}

impl FromStr for KidPrefix {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

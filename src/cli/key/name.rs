//! Which key is meant.

use std::convert::Infallible;
use std::str::FromStr;

use super::error::KeyCommandError;
use crate::token::{Key, KeySet};

/// What a key is called on the command line: its kid, or the beginning of it.
#[derive(Clone, Debug)]
pub(super) struct Name(String);

impl Name {
    /// The one key whose kid begins so.
    pub(super) fn find<'a>(&self, keys: &'a KeySet) -> Result<&'a Key, KeyCommandError> {
        let mut found = keys.iter().filter(|key| key.id().starts_with(&self.0));
        match (found.next(), found.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(KeyCommandError::Ambiguous(self.0.clone())),
            (None, _) => Err(KeyCommandError::NoSuchKey(self.0.clone())),
        }
    }
}

impl FromStr for Name {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

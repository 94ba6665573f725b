//! Tokens that are signed before a commit.

use std::sync::{Mutex, PoisonError};

use super::service::Tokens;
use crate::keys::SigningError;

/// The tokens of a change that is about to be committed: where they cannot be signed it is rolled
/// back, and a client never waits for tokens of a session that it does not get.
///
/// A store may run a transaction more than once; the last signature counts.
#[derive(Debug)]
pub(crate) struct SignedTokens<T = Tokens>(Mutex<Option<Result<T, SigningError>>>);

impl<T> Default for SignedTokens<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> SignedTokens<T> {
    /// Stores the result of signing, and says whether it succeeded.
    pub(crate) fn set(&self, result: Result<T, SigningError>) -> bool {
        let is_signed = result.is_ok();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        is_signed
    }

    /// The tokens.
    ///
    /// # Errors
    ///
    /// [`SigningError`], also where nothing was signed.
    pub(crate) fn into_tokens(self) -> Result<T, SigningError> {
        let result = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.unwrap_or_else(|| Err(SigningError::Key("none".to_owned())))
    }
}

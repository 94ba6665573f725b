//! Assertions about the user of a request.

use super::caller::Caller;
use super::service::Sessions;
use crate::keys::SigningError;
use crate::token::Assertion;

impl Sessions {
    /// Signs an assertion about a caller, for one service.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn assertion(&self, caller: &Caller, audience: &str) -> Result<String, SigningError> {
        let Caller { user, expires_at, .. } = caller;
        let (issued_at, credential_expires_at) = (self.clock.now(), *expires_at);
        let assertion = Assertion { user, audience, issued_at, credential_expires_at };
        self.issuer.assert(&assertion)
    }
}

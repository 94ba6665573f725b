//! What is done with sessions: open one, and find out who is calling.

use std::fmt;
use std::sync::Arc;

use tracing::{debug, error};

use crate::auth::{Authenticate, Rejection};
use crate::clock::Clock;
use crate::store::UserStore;
use crate::token::{SigningError, TokenIssuer, TokenOptions, TokenVerifier};
use crate::user::User;

/// The sessions of this service.
pub struct Sessions {
    users: Arc<dyn UserStore>,
    issuer: TokenIssuer,
    verifier: TokenVerifier,
    clock: Arc<dyn Clock>,
}

/// The user behind a request, who still existed when it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who it is.
    pub user: User,
}

impl Sessions {
    /// Sessions of the users in `users`.
    #[must_use]
    pub fn new(users: Arc<dyn UserStore>, options: &TokenOptions, clock: Arc<dyn Clock>) -> Self {
        let issuer = TokenIssuer::new(options);
        Self { users, issuer, verifier: TokenVerifier::new(options), clock }
    }

    /// Opens a session for `user`: an access token that is good from now on.
    ///
    /// # Errors
    ///
    /// [`SigningError`], where the key cannot sign.
    pub fn open(&self, user: &User) -> Result<String, SigningError> {
        self.issuer.issue(user.id, self.clock.now_seconds())
    }
}

/// Accepts a token that is good now and whose user still exists.
impl Authenticate for Sessions {
    type Identity = Caller;

    async fn authenticate(&self, token: &str) -> Result<Caller, Rejection> {
        let claims = self.verifier.verify(token, self.clock.now_seconds()).map_err(|reason| {
            debug!(%reason, "token refused");
            Rejection::Invalid
        })?;
        match self.users.by_id(claims.user_id).await {
            Ok(Some(user)) => Ok(Caller { user }),
            Ok(None) => {
                debug!(user_id = %claims.user_id, reason = "its user is gone", "token refused");
                Err(Rejection::Invalid)
            }
            Err(error) => {
                error!(%error, "could not look up the user of a token");
                Err(Rejection::Unavailable)
            }
        }
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

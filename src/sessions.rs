//! What is done with sessions: open one, and find out who is calling.

use std::fmt;
use std::sync::Arc;

use tracing::{debug, error};

use crate::auth::{Authenticate, Rejection};
use crate::clock::Clock;
use crate::store::{Account, UserStore};
use crate::token::{Claims, SigningError, TokenIssuer, TokenOptions, TokenVerifier};
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

    /// Opens a session: an access token that is good from now on.
    ///
    /// # Errors
    ///
    /// [`SigningError`], where the key cannot sign.
    pub fn open(&self, account: &Account) -> Result<String, SigningError> {
        // Tokens that were voided in this very millisecond, or by a clock that is ahead of ours,
        // must not take this one with them.
        let now = self.clock.now_milliseconds().max(account.tokens_void_until + 1);
        self.issuer.issue(account.user.id, now)
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
            Ok(Some(account)) if is_in_force(&claims, &account) => {
                Ok(Caller { user: account.user })
            }
            Ok(Some(_)) => {
                debug!(user_id = %claims.user_id, reason = "it is void", "token refused");
                Err(Rejection::Invalid)
            }
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

/// Whether a good token is still worth something: not that of a disabled user, and not issued
/// before their tokens were voided. A token that does not say when it was issued counts as older.
fn is_in_force(claims: &Claims, account: &Account) -> bool {
    let voided = account.tokens_void_until;
    let is_void = voided > 0 && claims.issued_at_ms().is_none_or(|issued| issued <= voided);
    !account.disabled && !is_void
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

//! Authentication of a request by its access token.

use std::sync::Arc;

use countersign_auth::{Authenticate, Claims, Rejection, TokenError};
use futures_util::future::BoxFuture;
use tracing::{debug, error};

use super::service::Sessions;
use crate::domain::{SessionId, Timestamp, User};
use crate::store::{Authorization, CallerStatus, StoreError, has_expired, is_revoked};

/// The user behind a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The session of the token; `None` for a token of no session.
    pub session: Option<SessionId>,
    /// The time of issue of the token, if it has one.
    pub issued_at: Option<Timestamp>,
    /// The expiry of the token.
    pub expires_at: Timestamp,
}

impl Caller {
    /// The authorization by the token: for changes that are made while it is active.
    #[must_use]
    pub fn authorization(&self) -> Authorization {
        let Self { session, issued_at, expires_at, .. } = *self;
        Authorization { session, issued_at, expires_at, password_hash: None }
    }
}

/// An active access token.
#[derive(Clone, Debug)]
pub struct ActiveToken {
    /// Its claims.
    pub claims: Arc<Claims>,
    /// Its user.
    pub user: User,
    /// Its session; `None` for a token of no session.
    pub session: Option<SessionId>,
}

/// The reason why an access token is inactive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InactiveToken {
    /// The token was rejected without a look-up.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The user does not exist.
    #[error("its user does not exist")]
    UserNotFound,
    /// The user is disabled.
    #[error("its user is disabled")]
    UserDisabled,
    /// The session has ended or expired, or never existed.
    #[error("its session has ended")]
    SessionEnded,
    /// It belongs to no session, and the tokens of its user were revoked after its issue.
    #[error("the tokens of its user have been revoked since")]
    Revoked,
    /// The look-up failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A token that was verified, and what has to be looked up.
struct Verified {
    claims: Arc<Claims>,
    session: Option<SessionId>,
    now: Timestamp,
}

impl Sessions {
    /// Checks an access token: its signature and claims, its user, and its session.
    ///
    /// # Errors
    ///
    /// [`InactiveToken`].
    pub async fn check(&self, token: &str) -> Result<ActiveToken, InactiveToken> {
        let checked = self.look_up(token).await;
        checked.inspect_err(|reason| self.metrics.rejected.count(reason.counted()))
    }

    async fn look_up(&self, token: &str) -> Result<ActiveToken, InactiveToken> {
        let verified = self.verify(token)?;
        let status = self.store.resolve(verified.claims.user_id, verified.session).await?;
        verified.check(status)
    }

    /// Checks an access token where its user and session are in memory; `None` where they are not.
    fn check_cached(&self, token: &str) -> Option<Result<ActiveToken, InactiveToken>> {
        let checked = match self.verify(token) {
            Ok(verified) => {
                let status = self.store.cached(verified.claims.user_id, verified.session)?;
                verified.check(status)
            }
            Err(reason) => Err(reason),
        };
        Some(checked.inspect_err(|reason| self.metrics.rejected.count(reason.counted())))
    }

    fn verify(&self, token: &str) -> Result<Verified, InactiveToken> {
        let now = self.clock.now();
        let claims = self.verifier.verify(token, now)?;
        let session = match &claims.sid {
            Some(sid) => Some(SessionId::parse(sid).ok_or(InactiveToken::SessionEnded)?),
            None => None,
        };
        Ok(Verified { claims, session, now })
    }
}

impl Verified {
    fn check(self, status: Option<CallerStatus>) -> Result<ActiveToken, InactiveToken> {
        let Self { claims, session, now } = self;
        let status = status.ok_or(InactiveToken::UserNotFound)?;
        if status.disabled {
            return Err(InactiveToken::UserDisabled);
        }
        let issued_at = claims.issued_at();
        let has_ended = || status.session_expires_at.is_none_or(|expiry| has_expired(expiry, now));
        match session {
            None if is_revoked(issued_at, status.tokens_valid_after, now) => {
                Err(InactiveToken::Revoked)
            }
            Some(_) if has_ended() => Err(InactiveToken::SessionEnded),
            session => Ok(ActiveToken { claims, user: status.user, session }),
        }
    }
}

/// Authenticates active access tokens.
#[derive(Clone, Debug)]
pub struct SessionAuthenticator(pub Arc<Sessions>);

impl Authenticate for SessionAuthenticator {
    type Identity = Caller;
    type Future = BoxFuture<'static, Result<Caller, Rejection>>;

    fn authenticate(&self, token: &str) -> Self::Future {
        let (sessions, token) = (Arc::clone(&self.0), token.to_owned());
        Box::pin(async move { authenticated(sessions.check(&token).await) })
    }

    fn authenticate_now(&self, token: &str) -> Option<Result<Caller, Rejection>> {
        self.0.check_cached(token).map(authenticated)
    }
}

/// The result of a check, for the auth layer.
pub(crate) fn authenticated(
    checked: Result<ActiveToken, InactiveToken>,
) -> Result<Caller, Rejection> {
    match checked {
        Ok(ActiveToken { claims, user, session }) => Ok(Caller {
            user,
            session,
            issued_at: claims.issued_at(),
            expires_at: claims.expires_at(),
        }),
        Err(InactiveToken::Store(error)) => {
            error!(%error, "cannot look up the user of a token");
            Err(Rejection::Unavailable)
        }
        Err(reason) => {
            debug!(%reason, "token rejected");
            Err(Rejection::Invalid)
        }
    }
}

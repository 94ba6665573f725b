//! Authentication of a browser by the cookie of its session.

use std::time::Duration;

use tracing::warn;

use super::caller::Caller;
use super::error::RefreshError;
use super::kind::BrowserSession;
use super::service::Sessions;
use crate::domain::{SessionId, Timestamp};
use crate::store::{Extension, StoreError, has_expired};
use crate::throttle::CountedRequest;
use crate::token::BrowserToken;

/// A browser session is extended by a use at most once in this time.
const EXTENSION_INTERVAL: Duration = Duration::from_mins(5);

/// The user behind the request of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserCaller {
    /// The user and the session. Its expiry is the idle expiry of the session.
    pub caller: Caller,
    /// The kind of the session.
    pub kind: BrowserSession,
}

/// An access token of a browser session.
pub struct AccessToken {
    /// The token.
    pub token: String,
    /// Its lifetime, in seconds.
    pub expires_in: i64,
}

impl Sessions {
    /// Authenticates the cookie of a browser session, and extends the session: a use is stored at
    /// most every five minutes. `None` where the cookie is invalid or its session has ended.
    ///
    /// # Errors
    ///
    /// The failure of the look-up.
    pub async fn browser_caller(&self, cookie: &str) -> Result<Option<BrowserCaller>, StoreError> {
        let Some(token) = BrowserToken::parse(cookie, &self.current_keys()) else {
            return Ok(None);
        };
        let (now, session) = (self.clock.now(), Some(token.session));
        let status = match self.store.cached(token.user, session) {
            Some(status) => status,
            None => self.store.resolve(token.user, session).await?,
        };
        let Some(status) = status.filter(|status| !status.disabled) else { return Ok(None) };
        let expiry = status.session_expires_at.filter(|expiry| !has_expired(*expiry, now));
        let (Some(expires_at), Some(used_at)) = (expiry, status.session_used_at) else {
            return Ok(None);
        };
        let kind = BrowserSession { is_remembered: token.is_remembered };
        let unused_since = now.saturating_sub(EXTENSION_INTERVAL);
        if used_at <= unused_since {
            let idle_timeout = kind.idle_timeout(self);
            self.extend(Extension { session: token.session, now, idle_timeout, unused_since })
                .await;
        }
        let caller = Caller { user: status.user, session, issued_at: None, expires_at };
        Ok(Some(BrowserCaller { caller, kind }))
    }

    /// A failure does not fail the request: the next one tries again.
    async fn extend(&self, extension: Extension) {
        if let Err(error) = self.store.extend(&extension).await {
            warn!(%error, "cannot extend a browser session");
        }
    }

    /// Issues an access token of a browser session. There is no refresh token: the cookie gets the
    /// next one.
    ///
    /// # Errors
    ///
    /// [`RefreshError::Throttled`], or the failure of the store or of the key.
    pub async fn access_token(&self, browser: &BrowserCaller) -> Result<AccessToken, RefreshError> {
        let Caller { user, session, expires_at, .. } = &browser.caller;
        let now = self.clock.now();
        if let Some(session) = session {
            self.count_refresh(*session, now)?;
        }
        let claims = self.claims_of(user.id).await?;
        let (token, expires_in) =
            self.issue_access((user.id, *session), *expires_at, now, claims)?;
        Ok(AccessToken { token, expires_in })
    }

    /// Counts the issue of an access token for a session that exists already.
    ///
    /// # Errors
    ///
    /// [`RefreshError::Throttled`].
    pub(super) fn count_refresh(
        &self,
        session: SessionId,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let counted = self.throttle.count(CountedRequest::Refresh(session), now);
        counted.map_err(|throttled| RefreshError::Throttled(throttled.retry_after))
    }
}

/// Redacts the token.
impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

//! The kinds of sessions: their timeouts, and what their clients get.

use std::fmt;
use std::time::Duration;

use super::service::{Sessions, Tokens};
use crate::domain::{Metadata, RequestContext, User};
use crate::keys::SigningError;
use crate::store::{NewSession, Session};
use crate::token::BrowserToken;

/// A kind of session that is opened by a login, a registration or a change of password.
pub trait SessionKind: Copy + Send + Sync + 'static {
    /// What the client of a new session gets.
    type Tokens: Send;

    /// A session to be opened.
    fn prepare(self, sessions: &Sessions, context: &RequestContext) -> NewSession;

    /// What the client of the session gets.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    fn sign(
        self,
        sessions: &Sessions,
        user: &User,
        metadata: &Metadata,
        session: &NewSession,
    ) -> Result<Self::Tokens, SigningError>;

    /// Adds the device token of a login or a registration.
    fn with_device(tokens: Self::Tokens, device: Option<String>) -> Self::Tokens;
}

/// A session whose client gets an access token and a refresh token.
#[derive(Clone, Copy, Debug)]
pub struct TokenSession;

impl SessionKind for TokenSession {
    type Tokens = Tokens;

    fn prepare(self, sessions: &Sessions, context: &RequestContext) -> NewSession {
        let options = sessions.options;
        sessions.prepare_with(options.idle, options.lifetime, context)
    }

    fn sign(
        self,
        sessions: &Sessions,
        user: &User,
        metadata: &Metadata,
        session: &NewSession,
    ) -> Result<Tokens, SigningError> {
        sessions.first_tokens(user, metadata, session)
    }

    fn with_device(tokens: Tokens, device: Option<String>) -> Tokens {
        Tokens { device, ..tokens }
    }
}

/// A session whose client is a browser, which gets a cookie and no refresh token.
///
/// A remembered one has the configured timeouts. One that is not remembered ends with the browser,
/// [2 hours](Self::IDLE_TIMEOUT) after its last use, or [12 hours](Self::LIFETIME) after the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrowserSession {
    /// Whether the session outlives the browser ("remember me").
    pub is_remembered: bool,
}

impl BrowserSession {
    /// The idle timeout of a session that is not remembered, unless the configured one is shorter.
    pub const IDLE_TIMEOUT: Duration = Duration::from_hours(2);
    /// The absolute timeout of a session that is not remembered, unless the configured one is shorter.
    pub const LIFETIME: Duration = Duration::from_hours(12);

    pub(super) fn idle_timeout(self, sessions: &Sessions) -> Duration {
        let configured = sessions.options.idle;
        if self.is_remembered { configured } else { configured.min(Self::IDLE_TIMEOUT) }
    }

    fn lifetime(self, sessions: &Sessions) -> Duration {
        let configured = sessions.options.lifetime;
        if self.is_remembered { configured } else { configured.min(Self::LIFETIME) }
    }
}

/// What a browser gets when a session is opened.
pub struct BrowserTokens {
    /// The value of the cookie.
    pub cookie: String,
    /// The maximum age of the cookie; `None` where it ends with the browser.
    pub max_age: Option<Duration>,
    /// The device token, after a login or a registration.
    pub device: Option<String>,
}

impl SessionKind for BrowserSession {
    type Tokens = BrowserTokens;

    fn prepare(self, sessions: &Sessions, context: &RequestContext) -> NewSession {
        sessions.prepare_with(self.idle_timeout(sessions), self.lifetime(sessions), context)
    }

    fn sign(
        self,
        sessions: &Sessions,
        user: &User,
        _: &Metadata,
        session: &NewSession,
    ) -> Result<BrowserTokens, SigningError> {
        let Session { id, user, .. } = session.clone().of(user.id);
        let token = BrowserToken { session: id, user, is_remembered: self.is_remembered };
        let cookie = token.sign(&sessions.current_keys())?;
        let max_age = self.is_remembered.then(|| self.lifetime(sessions));
        Ok(BrowserTokens { cookie, max_age, device: None })
    }

    fn with_device(tokens: BrowserTokens, device: Option<String>) -> BrowserTokens {
        BrowserTokens { device, ..tokens }
    }
}

/// Redacts the tokens.
impl fmt::Debug for BrowserTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserTokens").field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

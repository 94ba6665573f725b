//! Sessions, and the tokens of a session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_auth::TokenVerifier;

use super::options::SessionOptions;
use crate::clock::Clock;
use crate::domain::{Metadata, RequestContext, SessionId, Timestamp, User, UserId};
use crate::keys::{KeySet, SharedKeySet, SigningError};
use crate::mail::Composer;
use crate::metrics::{SessionMetrics, SessionOpening};
use crate::store::{NewSession, Session, Store};
use crate::throttle::Throttle;
use crate::token::{NewToken, RefreshToken, TokenIssuer, TokenOptions, UserClaims};

/// The sessions of this service.
pub struct Sessions {
    pub(super) store: Arc<dyn Store>,
    pub(super) verifier: TokenVerifier,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: SessionOptions,
    pub(super) throttle: Throttle,
    pub(super) composer: Composer,
    pub(super) issuer: TokenIssuer,
    pub(super) metrics: SessionMetrics,
    keys: SharedKeySet,
}

/// The tokens of a session: the response to a login and to a refresh.
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// The lifetime of the access token, in seconds.
    pub expires_in: i64,
    /// The device token, after a login or a registration.
    pub device: Option<String>,
}

impl Sessions {
    /// Sessions in `store`, whose refreshes are limited by `throttle`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        tokens: &TokenOptions,
        options: SessionOptions,
        throttle: Throttle,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (issuer, verifier) = (TokenIssuer::new(tokens), tokens.verifier());
        let (keys, composer) = (tokens.keys.clone(), Composer::off());
        let metrics = SessionMetrics::default();
        Self { store, verifier, clock, options, throttle, composer, issuer, metrics, keys }
    }

    /// The same sessions, with notices of reused refresh tokens.
    #[must_use]
    pub fn with_notices(self, composer: Composer) -> Self {
        Self { composer, ..self }
    }

    /// The metrics of these sessions.
    #[must_use]
    pub fn metrics(&self) -> &SessionMetrics {
        &self.metrics
    }

    /// Counts a session that was opened.
    pub(crate) fn count_opened(&self, by: SessionOpening) {
        self.metrics.opened.count(by);
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A session to be opened, with these timeouts.
    pub(super) fn prepare_with(
        &self,
        idle: Duration,
        lifetime: Duration,
        context: &RequestContext,
    ) -> NewSession {
        let now = self.clock.now();
        let absolute_expires_at = now.saturating_add(lifetime);
        let idle_expires_at = now.saturating_add(idle).min(absolute_expires_at);
        let client = context.client.clone();
        let id = SessionId::random();
        NewSession { id, created_at: now, idle_expires_at, absolute_expires_at, client }
    }

    /// The first tokens of a session.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub(super) fn first_tokens(
        &self,
        user: &User,
        metadata: &Metadata,
        session: &NewSession,
    ) -> Result<Tokens, SigningError> {
        let claims = self.issuer.user_claims(user, metadata);
        self.tokens(&session.clone().of(user.id), session.created_at, claims)
    }

    /// The current tokens of a session.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub(super) fn tokens(
        &self,
        session: &Session,
        now: Timestamp,
        claims: UserClaims,
    ) -> Result<Tokens, SigningError> {
        let of_session = (session.user, Some(session.id));
        let (access, expires_in) =
            self.issue_access(of_session, session.idle_expires_at, now, claims)?;
        let refresh = RefreshToken { session: session.id, generation: session.generation };
        let refresh = refresh.sign(&self.keys.current())?;
        Ok(Tokens { access, refresh, expires_in, device: None })
    }

    /// An access token of a session that expires then, and its lifetime in seconds.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub(super) fn issue_access(
        &self,
        (user, session): (UserId, Option<SessionId>),
        session_expires_at: Timestamp,
        now: Timestamp,
        claims: UserClaims,
    ) -> Result<(String, i64), SigningError> {
        // Other services see the end of a session in its access tokens alone.
        let expires_at = now.saturating_add(self.issuer.lifetime()).min(session_expires_at);
        let token = NewToken { user, session, issued_at: now, expires_at, claims };
        Ok((self.issuer.issue(&token)?, expires_at.seconds() - now.seconds()))
    }

    /// The keys that sign now.
    pub(super) fn current_keys(&self) -> Arc<KeySet> {
        self.keys.current()
    }

    pub(super) fn parse_refresh_token(&self, text: &str) -> Option<RefreshToken> {
        RefreshToken::parse(text, &self.keys.current())
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Sessions");
        debug.field("verifier", &self.verifier).field("options", &self.options);
        debug.finish_non_exhaustive()
    }
}

/// Redacts the tokens.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

//! Opening, continuing and ending sessions.

use std::fmt;
use std::sync::Arc;

use countersign_auth::TokenVerifier;
use tracing::{info, warn};

use super::caller::Caller;
use super::error::{RefreshError, SessionsError};
use super::options::SessionOptions;
use crate::clock::Clock;
use crate::domain::{SessionId, Timestamp, UserId};
use crate::keys::SharedKeySet;
use crate::store::{
    Account, Advance, EndedSessions, NewSession, NewUser, Session, SessionStore, UserStore,
};
use crate::telemetry::AUDIT;
use crate::token::{NewToken, RefreshToken, TokenIssuer, TokenOptions};

/// The sessions of this service.
pub struct Sessions {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) verifier: TokenVerifier,
    pub(super) clock: Arc<dyn Clock>,
    issuer: TokenIssuer,
    keys: SharedKeySet,
    options: SessionOptions,
}

/// Who opens a session, as far as it says.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// What it says it is.
    pub user_agent: Option<String>,
    /// The address that it comes from.
    pub address: Option<String>,
}

/// What a client gets for a login, and again for each refresh.
pub struct Tokens {
    /// Says who is calling.
    pub access: String,
    /// Gets the next ones.
    pub refresh: String,
    /// How many seconds the access token is good for.
    pub expires_in: i64,
}

/// Which of their sessions a caller ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The one that the token belongs to.
    Local,
    /// All but that one.
    Others,
    /// All of them, and the tokens that belong to none.
    Global,
}

impl Sessions {
    /// How many sessions of a user are listed.
    const LISTED: u32 = 100;

    /// Sessions, kept in `store`, of the users in `users`.
    #[must_use]
    pub fn new(
        users: Arc<dyn UserStore>,
        store: Arc<dyn SessionStore>,
        tokens: &TokenOptions,
        options: SessionOptions,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (issuer, verifier) = (TokenIssuer::new(tokens), tokens.verifier());
        let keys = tokens.keys.clone();
        Self { users, store, verifier, clock, issuer, keys, options }
    }

    /// A session that is about to be opened: by [`Sessions::open`], or with the change of a user.
    #[must_use]
    pub fn prepare(&self, client: Client) -> NewSession {
        let now = self.clock.now().milliseconds();
        let ends_at = now.saturating_add(self.options.lifetime_ms());
        let expires_at = now.saturating_add(self.options.rules().idle).min(ends_at);
        let Client { user_agent, address } = client;
        let id = SessionId::random();
        NewSession { id, created_at: now, expires_at, ends_at, user_agent, address }
    }

    /// Opens a session of a user who has just proved who they are, and notes that they have.
    ///
    /// # Errors
    ///
    /// [`SessionsError::UserGone`], where they were removed or disabled since `account` was read,
    /// or had their tokens voided; or the failure of the store or of the key.
    pub async fn open(&self, account: &Account, client: Client) -> Result<Tokens, SessionsError> {
        let session = self.prepare(client);
        let tokens = self.first_tokens(account.user.id, &session)?;
        if self.store.open(account, session).await? {
            Ok(tokens)
        } else {
            Err(SessionsError::UserGone)
        }
    }

    /// Keeps a new user and opens their first session, both or neither.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`](crate::store::StoreError::EmailTaken), or the failure of the
    /// store or of the key.
    pub async fn register(&self, user: NewUser, client: Client) -> Result<Tokens, SessionsError> {
        let session = self.prepare(client);
        let account = self.store.register(user, session.clone()).await?;
        self.first_tokens(account.user.id, &session)
    }

    /// The tokens of a session that has been opened as it was prepared.
    ///
    /// # Errors
    ///
    /// [`SessionsError::Signing`].
    pub fn first_tokens(&self, user: UserId, new: &NewSession) -> Result<Tokens, SessionsError> {
        self.tokens(&new.clone().of(user), new.created_at)
    }

    /// Continues the session of a refresh token (RFC 6749 section 6).
    ///
    /// The current token of a session is replaced by its successor. The one before gives that same
    /// successor again, while nobody has used it and the grace has not passed. Any older one means
    /// that two clients have the session, one of which stole it, and ends it (RFC 9700 section
    /// 4.14.2).
    ///
    /// # Errors
    ///
    /// [`RefreshError::Refused`], or the failure of the store or of the key.
    pub async fn refresh(&self, token: &str) -> Result<Tokens, RefreshError> {
        let token = self.read_refresh_token(token).ok_or(RefreshError::Refused)?;
        let now = self.clock.now().milliseconds();
        let rules = self.options.rules();
        match self.store.advance(token.session, token.generation, now, rules).await? {
            Advance::Advanced(session) | Advance::Repeated(session) => {
                Ok(self.tokens(&session, now)?)
            }
            Advance::Reused(session) => {
                let (user, id) = (session.user, session.id);
                warn!(
                    target: AUDIT, user_id = %user, session = %id,
                    presented = token.generation, current = session.generation,
                    "a refresh token was used again: its session has ended"
                );
                Err(RefreshError::Refused)
            }
            Advance::Unknown => Err(RefreshError::Refused),
        }
    }

    /// Ends sessions of the caller.
    ///
    /// # Errors
    ///
    /// [`SessionsError::NoSession`], where the token belongs to none and that one is meant;
    /// [`SessionsError::TokenInactive`]; or the failure of the store.
    pub async fn log_out(&self, caller: &Caller, scope: Scope) -> Result<(), SessionsError> {
        let user = caller.user.id;
        match scope {
            Scope::Local => {
                self.store.end(caller.session.ok_or(SessionsError::NoSession)?).await?;
            }
            Scope::Others => drop(self.end_own(caller, EndedSessions::Others).await?),
            Scope::Global => drop(self.end_own(caller, EndedSessions::All).await?),
        }
        info!(target: AUDIT, user_id = %user, ?scope, "logged out");
        Ok(())
    }

    /// The sessions of a user that are not over, the last used first, at most 100.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn list(&self, user: UserId) -> Result<Vec<Session>, SessionsError> {
        let now = self.clock.now().milliseconds();
        Ok(self.store.sessions_of(user, now, Self::LISTED).await?)
    }

    /// Ends one session of the caller. Says whether it was theirs, and there.
    ///
    /// # Errors
    ///
    /// [`SessionsError::TokenInactive`], or the failure of the store.
    pub async fn end(&self, caller: &Caller, id: SessionId) -> Result<bool, SessionsError> {
        self.end_own(caller, EndedSessions::One(id)).await
    }

    async fn end_own(&self, caller: &Caller, ended: EndedSessions) -> Result<bool, SessionsError> {
        let (authorization, now) = (caller.authorization(), self.clock.now().milliseconds());
        let result = self.store.end_own(caller.user.id, &authorization, ended, now).await?;
        result.map_err(|_| SessionsError::TokenInactive)
    }

    pub(super) fn read_refresh_token(&self, text: &str) -> Option<RefreshToken> {
        RefreshToken::parse(text, &self.keys.current())
    }

    fn tokens(&self, session: &Session, now: i64) -> Result<Tokens, SessionsError> {
        // Other services see the end of a session in its tokens alone.
        let lifetime = i64::try_from(self.issuer.lifetime().as_secs()).unwrap_or(i64::MAX);
        let issued = now.div_euclid(1000);
        let expires_at = issued.saturating_add(lifetime).min(session.expires_at.div_euclid(1000));
        let access = self.issuer.issue(&NewToken {
            user: session.user,
            session: Some(session.id),
            issued_at: Timestamp::from_milliseconds(now),
            expires_at: Timestamp::from_seconds(expires_at),
        })?;
        let refresh = RefreshToken { session: session.id, generation: session.generation };
        let refresh = refresh.sign(&self.keys.current())?;
        Ok(Tokens { access, refresh, expires_in: expires_at - issued })
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verifier, options) = (&self.verifier, &self.options);
        let mut shown = f.debug_struct("Sessions");
        shown.field("verifier", verifier).field("options", options).finish_non_exhaustive()
    }
}

/// Shows nothing of the tokens.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

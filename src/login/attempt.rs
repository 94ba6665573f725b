//! A login attempt: from credentials to a session.

use std::fmt;
use std::sync::Arc;

use tracing::warn;

use super::error::LoginError;
use crate::clock::Clock;
use crate::credentials::Passwords;
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, SessionId};
use crate::password::{Origin, Password};
use crate::sessions::{Sessions, SignedTokens, Tokens};
use crate::store::{Account, Opening, Store};
use crate::telemetry;

/// How often an attempt is made again whose account changes between the verification of the
/// password and the opening of the session: another login may have rehashed the same password.
const ATTEMPTS: usize = 3;

/// An e-mail address and a password, as a client sends them.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The address, which may be malformed.
    pub email: String,
    /// The password; `None` where it is empty.
    pub password: Option<Password>,
}

/// The outcome of a login attempt.
#[derive(Debug)]
pub enum LoginOutcome {
    /// The tokens of a new session.
    LoggedIn(Tokens),
    /// Wrong address, wrong password, or a disabled user.
    Rejected,
}

/// Logins.
pub struct Login {
    store: Arc<dyn Store>,
    passwords: Passwords,
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
}

impl Login {
    /// Logins of the users in `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        passwords: Passwords,
        sessions: Arc<Sessions>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, passwords, sessions, clock }
    }

    /// Attempts to log in: capacity of the hashing queue, look-up, password, status, rehash,
    /// session.
    ///
    /// Every rejection takes as long as a wrong password: one verification, be it against a dummy
    /// hash.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn attempt(
        &self,
        credentials: &Credentials,
        context: &RequestContext,
    ) -> Result<LoginOutcome, LoginError> {
        let origin = Origin::new(context, &credentials.email);
        for _ in 0..ATTEMPTS {
            let Some(account) = self.verify(credentials, origin).await? else {
                return Ok(LoginOutcome::Rejected);
            };
            if let Some(tokens) = self.open_session(&account, context).await? {
                return Ok(LoginOutcome::LoggedIn(tokens));
            }
        }
        Ok(LoginOutcome::Rejected)
    }

    /// The account of these credentials, if the user may log in.
    async fn verify(
        &self,
        credentials: &Credentials,
        origin: Origin,
    ) -> Result<Option<Account>, LoginError> {
        self.passwords.check_capacity(origin)?;
        let account = match Email::parse(&credentials.email) {
            Ok(email) => self.store.by_email(&email).await?,
            Err(_) => None,
        };
        let password = credentials.password.clone();
        let verified = self.passwords.verify(account.as_ref(), password, origin).await?;
        let account = account.filter(|account| verified && !account.disabled);
        match (account, &credentials.password) {
            (Some(account), Some(password)) => {
                Ok(Some(self.rehash(account, password, origin).await))
            }
            _ => Ok(None),
        }
    }

    /// Replaces a password hash of another algorithm or cost than new ones have; returns the
    /// account as it is then. A failure does not fail the login: the next one tries again.
    async fn rehash(&self, account: Account, password: &Password, origin: Origin) -> Account {
        if !self.passwords.needs_rehash(&account.password_hash, password) {
            return account;
        }
        let rehashed = async {
            let hash = self.passwords.hash(password.clone(), origin).await?;
            let (id, now) = (account.user.id, self.clock.now());
            Ok::<_, LoginError>(self.store.rehash(id, &account.password_hash, hash, now).await?)
        };
        match rehashed.await {
            Ok(rehashed) => rehashed.unwrap_or(account),
            Err(error) => {
                warn!(user_id = %account.user.id, %error, "cannot rehash a password");
                account
            }
        }
    }

    /// Opens a session; `None` where the account has changed since it was read.
    async fn open_session(
        &self,
        account: &Account,
        context: &RequestContext,
    ) -> Result<Option<Tokens>, LoginError> {
        let session = self.sessions.prepare(context);
        let user = account.user.id;
        let context = RequestContext { acting_user: Some(user), ..context.clone() };
        let event = |kind| AuditEvent::of_request(session.created_at, kind, &context);
        let signed = SignedTokens::default();
        let effects = |ended: &Vec<SessionId>| {
            let login = event(AuditKind::Login).of_session(session.id);
            let ended = ended.iter().map(|id| event(AuditKind::SessionLimit).of_session(*id));
            let events = ended.chain([login]).collect();
            signed.set(self.sessions.first_tokens(user, &session)).then_some(events)
        };
        match self.store.open(account, session.clone(), &effects).await? {
            Opening::Conflict => Ok(None),
            Opening::Opened | Opening::Aborted => {
                telemetry::record_user(user);
                Ok(Some(signed.into_tokens()?))
            }
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}

//! A login attempt: from credentials to a session.

use std::fmt;
use std::sync::Arc;

use tracing::warn;

use super::error::LoginError;
use crate::clock::Clock;
use crate::credentials::{Attempts, FailureReason, Passwords, RetryAfter};
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, SessionId, Timestamp, UserId};
use crate::mail::{Composer, MailData, MailKind, NewMail};
use crate::metrics::SessionOpening;
use crate::password::{Origin, Password};
use crate::sessions::{SessionKind, Sessions, SignedTokens, Tokens};
use crate::store::{Account, Effects, Opening, Store};
use crate::telemetry;
use crate::verification::{VerificationError, VerifyEmail};

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
pub enum LoginOutcome<T = Tokens> {
    /// The tokens of a new session.
    LoggedIn(T),
    /// The address of the user has to be verified first; another link was sent.
    Unverified,
    /// Wrong address, wrong password, or a disabled user.
    Rejected,
    /// Too many attempts have failed.
    Throttled(RetryAfter),
}

/// Why no session was opened, for the audit trail.
struct Rejected {
    reason: FailureReason,
    user: Option<UserId>,
}

/// Logins.
pub struct Login {
    store: Arc<dyn Store>,
    passwords: Passwords,
    attempts: Attempts,
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
    composer: Composer,
    /// Set where addresses have to be verified.
    verify_email: Option<Arc<VerifyEmail>>,
}

/// The outcome of an admitted attempt that was not rejected.
enum Admitted<T> {
    LoggedIn(T),
    Unverified(Account),
}

impl Login {
    /// Logins of the users in `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        passwords: Passwords,
        attempts: Attempts,
        sessions: Arc<Sessions>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (composer, verify_email) = (Composer::off(), None);
        Self { store, passwords, attempts, sessions, clock, composer, verify_email }
    }

    /// The same logins, with notices of new devices.
    #[must_use]
    pub fn with_notices(self, composer: Composer) -> Self {
        Self { composer, ..self }
    }

    /// The same logins of users with verified addresses only; the others get another link.
    #[must_use]
    pub fn with_verification(self, verify_email: Arc<VerifyEmail>) -> Self {
        Self { verify_email: Some(verify_email), ..self }
    }

    /// Attempts to log in, and opens a session of this kind: throttle, capacity of the hashing queue, look-up, password, status, rehash,
    /// session.
    ///
    /// Every rejection takes as long as a wrong password: one verification, be it against a dummy
    /// hash. A throttled attempt is rejected before, for any address alike. The account is looked up
    /// before the throttle only for a client with a device token of this service.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    pub async fn attempt<K: SessionKind>(
        &self,
        credentials: &Credentials,
        kind: K,
        context: &RequestContext,
    ) -> Result<LoginOutcome<K::Tokens>, LoginError> {
        let account = match self.attempts.presented_device(context) {
            Some(_) => self.account(credentials).await?,
            None => None,
        };
        let failure = AuditKind::LoginFailed;
        let begun = self.attempts.begin(failure, &credentials.email, account.as_ref(), context);
        let attempt = match begun {
            Ok(attempt) => attempt,
            Err(retry_after) => return Ok(LoginOutcome::Throttled(retry_after)),
        };
        match self.attempt_admitted(credentials, kind, context).await {
            Ok(Ok(Admitted::LoggedIn(tokens))) => {
                attempt.succeeded();
                Ok(LoginOutcome::LoggedIn(tokens))
            }
            Ok(Ok(Admitted::Unverified(account))) => {
                attempt.unverified(account.user.id);
                if let Some(verify_email) = &self.verify_email {
                    verify_email.send(&account, context).await?;
                }
                Ok(LoginOutcome::Unverified)
            }
            Ok(Err(Rejected { reason, user })) => {
                attempt.failed(reason, user);
                Ok(LoginOutcome::Rejected)
            }
            Err(error) => {
                attempt.cancelled();
                Err(error)
            }
        }
    }

    async fn attempt_admitted<K: SessionKind>(
        &self,
        credentials: &Credentials,
        kind: K,
        context: &RequestContext,
    ) -> Result<Result<Admitted<K::Tokens>, Rejected>, LoginError> {
        let origin = Origin::new(context, &credentials.email);
        let mut user = None;
        for _ in 0..ATTEMPTS {
            let account = match self.verify(credentials, origin).await? {
                Ok(account) => account,
                Err(rejected) => return Ok(Err(rejected)),
            };
            if self.verify_email.is_some() && !account.user.email_verified {
                return Ok(Ok(Admitted::Unverified(account)));
            }
            if let Some(tokens) = self.open_session(&account, kind, context).await? {
                return Ok(Ok(Admitted::LoggedIn(tokens)));
            }
            user = Some(account.user.id);
        }
        Ok(Err(Rejected { reason: FailureReason::WrongPassword, user }))
    }

    /// The account with the address of the credentials.
    async fn account(&self, credentials: &Credentials) -> Result<Option<Account>, LoginError> {
        match Email::parse(&credentials.email) {
            Ok(email) => Ok(self.store.by_email(&email).await?),
            Err(_) => Ok(None),
        }
    }

    /// The account of these credentials, if the user may log in.
    async fn verify(
        &self,
        credentials: &Credentials,
        origin: Origin,
    ) -> Result<Result<Account, Rejected>, LoginError> {
        self.passwords.check_capacity(origin)?;
        let account = self.account(credentials).await?;
        let password = credentials.password.clone();
        let verified = self.passwords.verify(account.as_ref(), password, origin).await?;
        let rejected = |reason, user| Ok(Err(Rejected { reason, user }));
        match (account, &credentials.password) {
            (None, _) => rejected(FailureReason::Unknown, None),
            (Some(account), Some(password)) if verified && !account.disabled => {
                Ok(Ok(self.rehash(account, password, origin).await))
            }
            (Some(account), _) if account.disabled => {
                rejected(FailureReason::Disabled, Some(account.user.id))
            }
            (Some(account), _) => rejected(FailureReason::WrongPassword, Some(account.user.id)),
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
    async fn open_session<K: SessionKind>(
        &self,
        account: &Account,
        kind: K,
        context: &RequestContext,
    ) -> Result<Option<K::Tokens>, LoginError> {
        let session = kind.prepare(&self.sessions, context);
        let user = account.user.id;
        let context = RequestContext { acting_user: Some(user), ..context.clone() };
        let event = |kind| AuditEvent::of_request(session.created_at, kind, &context);
        let notice = self.new_device_notice(account, &context, session.created_at)?;
        let signed = SignedTokens::default();
        let effects = |ended: &Vec<SessionId>| {
            let login = event(AuditKind::Login).of_session(session.id);
            let ended = ended.iter().map(|id| event(AuditKind::SessionLimit).of_session(*id));
            let effects: Effects = ended.chain([login]).collect();
            let effects = effects.and_mail(notice.clone().map(Into::into));
            let tokens = kind.sign(&self.sessions, &account.user, &account.metadata, &session);
            signed.set(tokens).then_some(effects)
        };
        match self.store.open(account, session.clone(), &effects).await? {
            Opening::Conflict => Ok(None),
            Opening::Opened | Opening::Aborted => {
                telemetry::record_user(user);
                let device = self.attempts.issue_device(account, &context);
                let tokens = signed.into_tokens()?;
                self.sessions.count_opened(SessionOpening::Login);
                Ok(Some(K::with_device(tokens, device)))
            }
        }
    }

    /// The notice of a login from a device that has not logged in before; none of the first login.
    fn new_device_notice(
        &self,
        account: &Account,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<Option<NewMail>, LoginError> {
        // In this order: without mails no device token is verified here.
        if !self.composer.is_on()
            || account.last_login_at.is_none()
            || self.attempts.is_known_device(account, context)
        {
            return Ok(None);
        }
        let data = MailData::of_account(&account.user.email);
        let notice = self.composer.compose(MailKind::NewDevice, data, context, now);
        Ok(notice.map_err(VerificationError::from)?)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}

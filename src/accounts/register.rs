//! Registration.

use std::fmt;
use std::sync::Arc;

use super::error::AccountsError;
use super::options::AccountOptions;
use crate::credentials::{Attempts, Passwords};
use crate::domain::{
    AuditEvent, AuditKind, Email, Metadata, RequestContext, Timestamp, User, UserId,
};
use crate::mail::{MailData, MailKind};
use crate::metrics::SessionOpening;
use crate::password::{Origin, Password, PasswordHash};
use crate::sessions::{SessionKind, Sessions, SignedTokens, Tokens};
use crate::store::{Account, Effects, Insertion, NewUser, OutgoingMail, Registration, Store};
use crate::telemetry;
use crate::verification::{EmailVerification, LinkKind, Links, VerificationError, paced};

/// Registrations.
pub struct Registrar {
    store: Arc<dyn Store>,
    passwords: Passwords,
    attempts: Attempts,
    sessions: Arc<Sessions>,
    links: Links,
    is_open: bool,
    verification: EmailVerification,
}

/// The outcome of a registration.
#[derive(Debug)]
pub enum RegistrationOutcome<T = Tokens> {
    /// The tokens of a new session.
    Registered(T),
    /// A mail was sent: the link that verifies the address or, where it has an account already, a notice.
    /// The outcome does not tell which.
    MailSent,
}

impl Registrar {
    /// Registrations in `store`, if they are open.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        passwords: Passwords,
        attempts: Attempts,
        sessions: Arc<Sessions>,
        links: Links,
        options: &AccountOptions,
    ) -> Self {
        let (is_open, verification) = (options.open_registration, options.verification);
        Self { store, passwords, attempts, sessions, links, is_open, verification }
    }

    /// Whether registrations are open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Registers a user. Unless the address has to be verified first, a session of this kind is opened.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn register<K: SessionKind>(
        &self,
        email: &str,
        password: Password,
        kind: K,
        context: &RequestContext,
    ) -> Result<RegistrationOutcome<K::Tokens>, AccountsError> {
        if !self.is_open {
            return Err(AccountsError::RegistrationClosed);
        }
        let origin = Origin::new(context, email);
        let email = Email::parse(email)?;
        // Before the policy, which takes milliseconds for some passwords.
        self.attempts.count_registration(context).map_err(AccountsError::Throttled)?;
        self.passwords.check_policy(&password, &email, origin).await?;
        self.passwords.check_capacity(origin)?;
        if self.verification == EmailVerification::Required {
            return paced(self.register_by_mail(email, password, origin, context)).await;
        }
        // Before the costly hash; the store decides between concurrent registrations.
        if self.store.by_email(&email).await?.is_some() {
            return Err(AccountsError::EmailTaken);
        }
        let password_hash = self.passwords.hash(password, origin).await?;
        let session = kind.prepare(&self.sessions, context);
        let now = session.created_at;
        let user = new_user(email, password_hash, now);
        let signed = SignedTokens::default();
        let effects = |id: &UserId| {
            let context = RequestContext { acting_user: Some(*id), ..context.clone() };
            let event = AuditEvent::of_request(now, AuditKind::Registered, &context);
            let registered = User {
                id: *id,
                email: user.email.clone(),
                is_admin: user.is_admin,
                email_verified: user.email_verified,
            };
            let tokens = kind.sign(&self.sessions, &registered, &user.metadata, &session);
            let effects = Effects::from(event.of_session(session.id));
            let mail = match self.verification {
                EmailVerification::Off => None,
                _ => self.link(*id, &user, &context).ok()?,
            };
            signed.set(tokens).then(|| effects.and_mail(mail))
        };
        match self.store.register(user.clone(), session.clone(), &effects).await? {
            Registration::EmailTaken => Err(AccountsError::EmailTaken),
            Registration::Registered(account) => {
                telemetry::record_user(account.user.id);
                self.sessions.count_opened(SessionOpening::Registration);
                let device = self.attempts.issue_device(&account, context);
                let tokens = K::with_device(signed.into_tokens()?, device);
                Ok(RegistrationOutcome::Registered(tokens))
            }
            Registration::Aborted => {
                signed.into_tokens()?;
                Err(VerificationError::Random.into())
            }
        }
    }

    /// Registers a user whose address has to be verified, or sends a notice to an address that has an
    /// account; either takes one hash and one transaction.
    async fn register_by_mail<T>(
        &self,
        email: Email,
        password: Password,
        origin: Origin,
        context: &RequestContext,
    ) -> Result<RegistrationOutcome<T>, AccountsError> {
        let account = self.store.by_email(&email).await?;
        let password_hash = self.passwords.hash(password, origin).await?;
        let now = self.sessions.now();
        if let Some(account) = account {
            return self.notify_registered(&account, context, now).await;
        }
        let user = new_user(email.clone(), password_hash, now);
        let effects = |id: &UserId| {
            let context = RequestContext { acting_user: Some(*id), ..context.clone() };
            let event = AuditEvent::of_request(now, AuditKind::Registered, &context);
            let mail = self.link(*id, &user, &context).ok()?;
            Some(Effects::from(event).and_mail(mail))
        };
        match self.store.insert(user.clone(), &effects).await? {
            Insertion::Inserted(_) => Ok(RegistrationOutcome::MailSent),
            // Another request has registered the address meanwhile.
            Insertion::EmailTaken => match self.store.by_email(&email).await? {
                Some(account) => self.notify_registered(&account, context, now).await,
                None => Ok(RegistrationOutcome::MailSent),
            },
            Insertion::Aborted => Err(VerificationError::Random.into()),
        }
    }

    /// Sends a notice to the address of an account. To one that is not verified, the link that verifies
    /// it once more.
    async fn notify_registered<T>(
        &self,
        account: &Account,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<RegistrationOutcome<T>, AccountsError> {
        let (user, hash) = (&account.user, &account.password_hash);
        let mail: Option<OutgoingMail> = if user.email_verified {
            let data = MailData::of_account(&user.email);
            let kind = MailKind::AlreadyRegistered;
            let composed = self.links.composer().compose(kind, data, context, now);
            composed.map_err(VerificationError::from)?.map(Into::into)
        } else {
            let kind = LinkKind::VerifyEmail;
            self.links.compose(kind, user.id, hash, &user.email, context, now)?
        };
        self.store.issue_token(account, Effects::none().and_mail(mail)).await?;
        Ok(RegistrationOutcome::MailSent)
    }

    fn link(
        &self,
        id: UserId,
        user: &NewUser,
        context: &RequestContext,
    ) -> Result<Option<OutgoingMail>, VerificationError> {
        let (kind, now) = (LinkKind::VerifyEmail, user.created_at);
        self.links.compose(kind, id, &user.password_hash, &user.email, context, now)
    }
}

fn new_user(email: Email, password_hash: PasswordHash, created_at: Timestamp) -> NewUser {
    let (is_admin, disabled, email_verified) = (false, false, false);
    let metadata = Metadata::default();
    NewUser { email, email_verified, password_hash, is_admin, disabled, metadata, created_at }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar").field("is_open", &self.is_open).finish_non_exhaustive()
    }
}

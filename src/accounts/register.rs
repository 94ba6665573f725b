//! Registration.

use std::fmt;
use std::sync::Arc;

use super::error::AccountsError;
use crate::credentials::{Attempts, Passwords};
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, UserId};
use crate::password::{Origin, Password};
use crate::sessions::{SessionKind, Sessions, SignedTokens};
use crate::store::{NewUser, Registration, Store};
use crate::telemetry;

/// Registrations.
pub struct Registrar {
    store: Arc<dyn Store>,
    passwords: Passwords,
    attempts: Attempts,
    sessions: Arc<Sessions>,
    is_open: bool,
}

impl Registrar {
    /// Registrations in `store`, if they are open.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        passwords: Passwords,
        attempts: Attempts,
        sessions: Arc<Sessions>,
        is_open: bool,
    ) -> Self {
        Self { store, passwords, attempts, sessions, is_open }
    }

    /// Whether registrations are open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Registers a user, and opens a session of this kind.
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
    ) -> Result<K::Tokens, AccountsError> {
        if !self.is_open {
            return Err(AccountsError::RegistrationClosed);
        }
        let origin = Origin::new(context, email);
        let email = Email::parse(email)?;
        // Before the policy, which takes milliseconds for some passwords.
        self.attempts.count_registration(context).map_err(AccountsError::Throttled)?;
        self.passwords.check_policy(&password, &email, origin).await?;
        self.passwords.check_capacity(origin)?;
        // Before the costly hash; the store decides between concurrent registrations.
        if self.store.by_email(&email).await?.is_some() {
            return Err(AccountsError::EmailTaken);
        }
        let password_hash = self.passwords.hash(password, origin).await?;
        let session = kind.prepare(&self.sessions, context);
        let now = session.created_at;
        let user = NewUser {
            email,
            email_verified: false,
            password_hash,
            is_admin: false,
            disabled: false,
            created_at: now,
        };
        let signed = SignedTokens::default();
        let effects = |user: &UserId| {
            let context = RequestContext { acting_user: Some(*user), ..context.clone() };
            let event = AuditEvent::of_request(now, AuditKind::Registered, &context);
            let tokens = kind.sign(&self.sessions, *user, &session);
            signed.set(tokens).then(|| event.of_session(session.id).into())
        };
        match self.store.register(user, session.clone(), &effects).await? {
            Registration::EmailTaken => Err(AccountsError::EmailTaken),
            Registration::Registered(account) => {
                telemetry::record_user(account.user.id);
                let device = self.attempts.issue_device(&account, context);
                Ok(K::with_device(signed.into_tokens()?, device))
            }
            Registration::Aborted => Ok(signed.into_tokens()?),
        }
    }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar").field("is_open", &self.is_open).finish_non_exhaustive()
    }
}

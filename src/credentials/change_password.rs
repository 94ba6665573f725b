//! Change of password by its user.

use std::sync::Arc;

use super::error::CredentialsError;
use super::passwords::Passwords;
use super::verify_user::VerifyUser;
use crate::domain::{AuditEvent, AuditKind, RequestContext};
use crate::mail::{Composer, MailData, MailKind};
use crate::metrics::SessionOpening;
use crate::password::{Origin, Password};
use crate::sessions::{Caller, SessionKind, Sessions};
use crate::store::{Authorization, Effects, PasswordChange, Store};

/// Change of password by its user.
#[derive(Clone)]
pub struct ChangePassword {
    store: Arc<dyn Store>,
    passwords: Passwords,
    verify_user: VerifyUser,
    sessions: Arc<Sessions>,
    composer: Composer,
}

impl ChangePassword {
    /// Changes of passwords in `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        passwords: Passwords,
        verify_user: VerifyUser,
        sessions: Arc<Sessions>,
    ) -> Self {
        Self { store, passwords, verify_user, sessions, composer: Composer::off() }
    }

    /// The same changes, with notices to the users.
    #[must_use]
    pub fn with_notices(self, composer: Composer) -> Self {
        Self { composer, ..self }
    }

    /// Sets a new password, which the current one authorizes. All sessions of the caller end, and
    /// earlier tokens are rejected from now on; the returned tokens are those of a new
    /// session of this kind.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`].
    pub async fn change<K: SessionKind>(
        &self,
        caller: &Caller,
        current: Password,
        new: Password,
        kind: K,
        context: &RequestContext,
    ) -> Result<K::Tokens, CredentialsError> {
        let user = caller.user.id;
        let account = self.verify_user.verify(user, current, context).await?;
        let origin = Origin::new(context, &account.user.email.to_string());
        self.passwords.check_policy(&new, &account.user.email, origin).await?;
        let new_hash = self.passwords.hash(new, origin).await?;
        let session = kind.prepare(&self.sessions, context);
        let tokens = kind.sign(&self.sessions, &account.user, &account.metadata, &session)?;
        let event = AuditEvent::of_request(session.created_at, AuditKind::PasswordChanged, context)
            .of_user(user)
            .of_session(session.id);
        let data = MailData::of_account(&account.user.email);
        let notice =
            self.composer.compose(MailKind::PasswordChanged, data, context, session.created_at)?;
        let effects = Effects::from(event).and_mail(notice.map(Into::into));
        let change = PasswordChange {
            user,
            // Of two changes at once, the second no longer has the current password.
            authorization: Authorization {
                password_hash: Some(account.password_hash),
                ..caller.authorization()
            },
            password_hash: new_hash,
            session,
        };
        self.store.change_password(change, effects).await??;
        self.sessions.count_opened(SessionOpening::PasswordChange);
        Ok(tokens)
    }
}

impl std::fmt::Debug for ChangePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangePassword").field("passwords", &self.passwords).finish_non_exhaustive()
    }
}

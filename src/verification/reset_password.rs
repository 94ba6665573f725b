//! A new password for a forgotten one, and the first password of an invited user.

use std::fmt;
use std::sync::Arc;

use super::error::VerificationError;
use super::links::{LinkKind, Links};
use super::pace::paced;
use crate::clock::Clock;
use crate::credentials::{Attempts, Passwords};
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, User};
use crate::mail::{MailData, MailKind};
use crate::metrics::SessionOpening;
use crate::password::{Origin, Password};
use crate::sessions::{SessionKind, Sessions, SignedTokens};
use crate::store::{Account, Effects, RedeemedChange, Redemption, Store};
use crate::telemetry;
use crate::token::{OneTimeToken, TokenPurpose};

/// Passwords that the link of a mail sets.
pub struct ResetPassword {
    store: Arc<dyn Store>,
    links: Links,
    passwords: Passwords,
    attempts: Attempts,
    sessions: Arc<Sessions>,
    clock: Arc<dyn Clock>,
}

impl ResetPassword {
    /// New passwords of the users in `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        links: Links,
        passwords: Passwords,
        attempts: Attempts,
        sessions: Arc<Sessions>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, links, passwords, attempts, sessions, clock }
    }

    /// Sends a link to an address, if it is that of an enabled account. The result does not tell.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn request(
        &self,
        email: &str,
        context: &RequestContext,
    ) -> Result<(), VerificationError> {
        self.links.check_on()?;
        let email = Email::parse(email)?;
        self.attempts.count_mail(context).map_err(VerificationError::Throttled)?;
        paced(async {
            match self.store.by_email(&email).await? {
                Some(account) => self.send(&account, context).await.map(drop),
                None => Ok(()),
            }
        })
        .await
    }

    /// Sends a link to the address of an account; `false` where the account is disabled.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn send(
        &self,
        account: &Account,
        context: &RequestContext,
    ) -> Result<bool, VerificationError> {
        self.links.check_on()?;
        let (user, now) = (&account.user, self.clock.now());
        let (kind, hash) = (LinkKind::ResetPassword, &account.password_hash);
        let mail = self.links.compose(kind, user.id, hash, &user.email, context, now)?;
        let event = AuditEvent::of_request(now, AuditKind::PasswordResetRequested, context);
        let effects = Effects::from(event.of_user(user.id)).and_mail(mail);
        Ok(self.store.issue_token(account, effects).await?)
    }

    /// Sets a new password, which the token of a link authorizes. All sessions end, earlier tokens are
    /// rejected from now on, and the address counts as verified; the returned tokens are those of a new
    /// session of this kind.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn reset<K: SessionKind>(
        &self,
        token: &str,
        password: Password,
        kind: K,
        context: &RequestContext,
    ) -> Result<K::Tokens, VerificationError> {
        self.set_password(token, TokenPurpose::ResetPassword, password, kind, context).await
    }

    /// Sets the first password of an invited user, as [`ResetPassword::reset`] does.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn accept_invitation<K: SessionKind>(
        &self,
        token: &str,
        password: Password,
        kind: K,
        context: &RequestContext,
    ) -> Result<K::Tokens, VerificationError> {
        self.set_password(token, TokenPurpose::AcceptInvitation, password, kind, context).await
    }

    async fn set_password<K: SessionKind>(
        &self,
        token: &str,
        purpose: TokenPurpose,
        password: Password,
        kind: K,
        context: &RequestContext,
    ) -> Result<K::Tokens, VerificationError> {
        let token = OneTimeToken::parse(token).ok_or(VerificationError::InvalidToken)?;
        // Before the costly hash, and so that a rejected password does not use the token up.
        let account = self.store.token_account(&token, purpose, self.clock.now()).await?;
        let account = account.ok_or(VerificationError::InvalidToken)?;
        let email = &account.user.email;
        let origin = Origin::new(context, email.as_str());
        self.passwords.check_policy(&password, email, origin).await?;
        let password_hash = self.passwords.hash(password, origin).await?;
        let user = account.user.id;
        let context = RequestContext { acting_user: Some(user), ..context.clone() };
        let session = kind.prepare(&self.sessions, &context);
        let now = session.created_at;
        // An invited user knows.
        let notice = match purpose {
            TokenPurpose::ResetPassword => {
                let data = MailData::of_account(email);
                let composer = self.links.composer();
                composer.compose(MailKind::PasswordChanged, data, &context, now)?
            }
            _ => None,
        };
        let event = AuditEvent::of_request(now, AuditKind::PasswordReset, &context);
        let event = event.of_session(session.id);
        // The link has proved the address.
        let verified = User { email_verified: true, ..account.user.clone() };
        let signed = SignedTokens::default();
        let effects = |_: &Redemption| {
            let tokens = kind.sign(&self.sessions, &verified, &account.metadata, &session);
            let effects = Effects::from(event.clone()).and_mail(notice.clone().map(Into::into));
            signed.set(tokens).then_some(effects)
        };
        let change = RedeemedChange::SetPassword { password_hash, session: session.clone() };
        match self.store.redeem(&token, purpose, change, now, &effects).await? {
            Redemption::Redeemed(account, _) => {
                telemetry::record_user(user);
                self.sessions.count_opened(SessionOpening::Link);
                let device = self.attempts.issue_device(&account, &context);
                Ok(K::with_device(signed.into_tokens()?, device))
            }
            Redemption::Aborted => Ok(signed.into_tokens()?),
            Redemption::Invalid | Redemption::EmailTaken => Err(VerificationError::InvalidToken),
        }
    }
}

impl fmt::Debug for ResetPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResetPassword").field("links", &self.links).finish_non_exhaustive()
    }
}

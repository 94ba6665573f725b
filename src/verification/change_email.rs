//! Change of the e-mail address.

use std::fmt;
use std::sync::Arc;

use super::error::VerificationError;
use super::links::{LinkKind, Links};
use super::options::EmailVerification;
use super::pace::paced;
use crate::clock::Clock;
use crate::credentials::{Attempts, VerifyUser};
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, User};
use crate::password::Password;
use crate::sessions::Caller;
use crate::store::{Effects, RedeemedChange, Redemption, Store};
use crate::token::{OneTimeToken, TokenPurpose};

/// Changes of e-mail addresses: confirmed at the new address, announced to the old one.
pub struct ChangeEmail {
    store: Arc<dyn Store>,
    links: Links,
    verify_user: VerifyUser,
    attempts: Attempts,
    verification: EmailVerification,
    clock: Arc<dyn Clock>,
}

impl ChangeEmail {
    /// Changes of the addresses in `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        links: Links,
        verify_user: VerifyUser,
        attempts: Attempts,
        verification: EmailVerification,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, links, verify_user, attempts, verification, clock }
    }

    /// Sends a link to a new address, which the password authorizes. Where registered addresses are not
    /// told, nothing is sent to one that is taken.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn request(
        &self,
        caller: &Caller,
        password: Password,
        new_email: &str,
        context: &RequestContext,
    ) -> Result<(), VerificationError> {
        self.links.check_on()?;
        let new_email = Email::parse(new_email)?;
        if new_email == caller.user.email {
            return Err(VerificationError::EmailUnchanged);
        }
        self.attempts.count_mail(context).map_err(VerificationError::Throttled)?;
        let account = self.verify_user.verify(caller.user.id, password, context).await?;
        paced(async {
            if self.store.by_email(&new_email).await?.is_some() {
                return match self.verification {
                    EmailVerification::Required => Ok(()),
                    _ => Err(VerificationError::EmailTaken),
                };
            }
            let (user, now) = (&account.user, self.clock.now());
            let (kind, hash) = (LinkKind::ChangeEmail(&new_email), &account.password_hash);
            let mail = self.links.compose(kind, user.id, hash, &user.email, context, now)?;
            let event = AuditEvent::of_request(now, AuditKind::EmailChangeRequested, context);
            let effects = Effects::from(event).and_mail(mail);
            self.store.issue_token(&account, effects).await?;
            Ok(())
        })
        .await
    }

    /// Changes the address to the one that the token was sent to. The old address gets a link that undoes
    /// the change.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn confirm(
        &self,
        token: &str,
        context: &RequestContext,
    ) -> Result<User, VerificationError> {
        self.redeem(token, TokenPurpose::ChangeEmail, context).await
    }

    /// Restores the address before a change. All sessions end, and earlier tokens are rejected from now
    /// on.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn undo(
        &self,
        token: &str,
        context: &RequestContext,
    ) -> Result<User, VerificationError> {
        self.redeem(token, TokenPurpose::UndoEmailChange, context).await
    }

    async fn redeem(
        &self,
        token: &str,
        purpose: TokenPurpose,
        context: &RequestContext,
    ) -> Result<User, VerificationError> {
        let token = OneTimeToken::parse(token).ok_or(VerificationError::InvalidToken)?;
        let now = self.clock.now();
        let context = RequestContext { acting_user: Some(token.user()), ..context.clone() };
        let (change, kind) = match purpose {
            TokenPurpose::UndoEmailChange => {
                (RedeemedChange::UndoEmailChange, AuditKind::EmailChangeUndone)
            }
            _ => (RedeemedChange::ChangeEmail, AuditKind::EmailChanged),
        };
        let effects = |redemption: &Redemption| {
            let Redemption::Redeemed(account, before) = redemption else { return None };
            let mail = if purpose == TokenPurpose::UndoEmailChange {
                None
            } else {
                let undo = LinkKind::UndoEmailChange(&account.user.email);
                let (user, hash) = (account.user.id, &account.password_hash);
                self.links.compose(undo, user, hash, before, &context, now).ok()?
            };
            let event = AuditEvent::of_request(now, kind, &context);
            Some(Effects::from(event).and_mail(mail))
        };
        match self.store.redeem(&token, purpose, change, now, &effects).await? {
            Redemption::Redeemed(account, _) => Ok(account.user),
            Redemption::EmailTaken => Err(VerificationError::EmailTaken),
            Redemption::Invalid => Err(VerificationError::InvalidToken),
            Redemption::Aborted => Err(VerificationError::Random),
        }
    }
}

impl fmt::Debug for ChangeEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeEmail").field("links", &self.links).finish_non_exhaustive()
    }
}

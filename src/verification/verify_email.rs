//! Verification of an e-mail address.

use std::fmt;
use std::sync::Arc;

use super::error::VerificationError;
use super::links::{LinkKind, Links};
use super::pace::paced;
use crate::clock::Clock;
use crate::credentials::Attempts;
use crate::domain::{AuditEvent, AuditKind, Email, RequestContext, User};
use crate::store::{Account, Effects, RedeemedChange, Redemption, Store};
use crate::token::{OneTimeToken, TokenPurpose};

/// Verification of e-mail addresses.
pub struct VerifyEmail {
    store: Arc<dyn Store>,
    links: Links,
    attempts: Attempts,
    clock: Arc<dyn Clock>,
}

impl VerifyEmail {
    /// Verification of the addresses in `store`.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        links: Links,
        attempts: Attempts,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, links, attempts, clock }
    }

    /// Sends a link to an address, if it is the unverified one of an enabled account. The result does not
    /// tell.
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
                Some(account) if !account.user.email_verified => self.send(&account, context).await,
                _ => Ok(()),
            }
        })
        .await
    }

    /// Sends a link to the address of an account.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn send(
        &self,
        account: &Account,
        context: &RequestContext,
    ) -> Result<(), VerificationError> {
        let (user, now) = (&account.user, self.clock.now());
        let (kind, hash) = (LinkKind::VerifyEmail, &account.password_hash);
        let mail = self.links.compose(kind, user.id, hash, &user.email, context, now)?;
        self.store.issue_token(account, Effects::none().and_mail(mail)).await?;
        Ok(())
    }

    /// Verifies the address that the token was sent to.
    ///
    /// # Errors
    ///
    /// [`VerificationError::InvalidToken`], or the failure of the store.
    pub async fn verify(
        &self,
        token: &str,
        context: &RequestContext,
    ) -> Result<User, VerificationError> {
        let token = OneTimeToken::parse(token).ok_or(VerificationError::InvalidToken)?;
        let (purpose, now) = (TokenPurpose::VerifyEmail, self.clock.now());
        let context = RequestContext { acting_user: Some(token.user()), ..context.clone() };
        let effects = |_: &Redemption| {
            Some(AuditEvent::of_request(now, AuditKind::EmailVerified, &context).into())
        };
        let change = RedeemedChange::VerifyEmail;
        match self.store.redeem(&token, purpose, change, now, &effects).await? {
            Redemption::Redeemed(account, _) => Ok(account.user),
            _ => Err(VerificationError::InvalidToken),
        }
    }
}

impl fmt::Debug for VerifyEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyEmail").field("links", &self.links).finish_non_exhaustive()
    }
}

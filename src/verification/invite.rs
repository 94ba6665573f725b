//! Users who set their first password by a link.

use std::fmt;
use std::sync::Arc;

use super::error::VerificationError;
use super::links::{LinkKind, Links};
use crate::clock::Clock;
use crate::domain::{AuditEvent, AuditKind, Email, Metadata, RequestContext, UserId};
use crate::password::PasswordHash;
use crate::store::{Account, Effects, Insertion, NewUser, Store};

/// Invitations of users by an administrator.
pub struct Invite {
    store: Arc<dyn Store>,
    links: Links,
    clock: Arc<dyn Clock>,
}

impl Invite {
    /// Invitations of users in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, links: Links, clock: Arc<dyn Clock>) -> Self {
        Self { store, links, clock }
    }

    /// Creates a user without a password, and sends a link to set one.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn create(
        &self,
        email: Email,
        is_admin: bool,
        context: &RequestContext,
    ) -> Result<Account, VerificationError> {
        self.links.check_on()?;
        let (now, password_hash) = (self.clock.now(), PasswordHash::none());
        let user = NewUser {
            email: email.clone(),
            email_verified: false,
            password_hash: password_hash.clone(),
            is_admin,
            disabled: false,
            metadata: Metadata::default(),
            created_at: now,
        };
        let effects = |user: &UserId| {
            let kind = LinkKind::AcceptInvitation;
            let mail = self.links.compose(kind, *user, &password_hash, &email, context, now);
            let event = AuditEvent::of_request(now, AuditKind::UserInvited, context).of_user(*user);
            Some(Effects::from(event).and_mail(mail.ok()?))
        };
        match self.store.insert(user, &effects).await? {
            Insertion::Inserted(account) => Ok(account),
            Insertion::EmailTaken => Err(VerificationError::EmailTaken),
            Insertion::Aborted => Err(VerificationError::Random),
        }
    }

    /// Sends another link to a user who has no password yet; `false` where the user has one, or is
    /// disabled.
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
        if !account.password_hash.is_none() {
            return Ok(false);
        }
        let (user, now) = (&account.user, self.clock.now());
        let (kind, hash) = (LinkKind::AcceptInvitation, &account.password_hash);
        let mail = self.links.compose(kind, user.id, hash, &user.email, context, now)?;
        let event = AuditEvent::of_request(now, AuditKind::UserInvited, context).of_user(user.id);
        Ok(self.store.issue_token(account, Effects::from(event).and_mail(mail)).await?)
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite").field("links", &self.links).finish_non_exhaustive()
    }
}

//! Users who set their first password by a link.

use std::fmt;
use std::sync::Arc;

use super::error::VerificationError;
use super::links::{LinkKind, Links};
use crate::clock::Clock;
use crate::domain::{AuditEvent, AuditKind, Email, Metadata, RequestContext, Timestamp, UserId};
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

    /// Creates a user without a password, and sends a link to set one. `context` is that of the
    /// administrator; `None` for an operator at the command line.
    ///
    /// # Errors
    ///
    /// [`VerificationError`].
    pub async fn create(
        &self,
        email: Email,
        is_admin: bool,
        context: Option<&RequestContext>,
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
            // In the default language: that of the user is unknown.
            let of_mail = RequestContext::default();
            let mail = self.links.compose(kind, *user, &password_hash, &email, &of_mail, now);
            Some(Effects::from(event(context, *user, now)).and_mail(mail.ok()?))
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
        context: Option<&RequestContext>,
    ) -> Result<bool, VerificationError> {
        self.links.check_on()?;
        if !account.password_hash.is_none() {
            return Ok(false);
        }
        let (user, now) = (&account.user, self.clock.now());
        let (kind, hash) = (LinkKind::AcceptInvitation, &account.password_hash);
        let of_mail = RequestContext::default();
        let mail = self.links.compose(kind, user.id, hash, &user.email, &of_mail, now)?;
        let effects = Effects::from(event(context, user.id, now)).and_mail(mail);
        Ok(self.store.issue_token(account, effects).await?)
    }
}

/// The event of an invitation; without a context, by an operator at the command line.
fn event(context: Option<&RequestContext>, user: UserId, now: Timestamp) -> AuditEvent {
    match context {
        Some(context) => AuditEvent::of_request(now, AuditKind::UserInvited, context).of_user(user),
        None => AuditEvent::of_operator(now, AuditKind::UserInvited, Some(user)),
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invite").field("links", &self.links).finish_non_exhaustive()
    }
}

//! Changes of a user by an administrator.

use tracing::error;

use super::administrator::Administrator;
use super::error::AccountsError;
use super::service::Accounts;
use crate::domain::{AuditEvent, AuditKind, MetadataError, Timestamp, UserId};
use crate::mail::MailKind;
use crate::store::{Account, Effects, UpdatedUser, UserChange, UserUpdate};

impl Accounts {
    /// Changes members of a user, each with its audit event. A member that already has the value is no
    /// change. `None` where the user does not exist.
    ///
    /// A change of `disabled` ends all sessions, and earlier tokens are rejected from now on. After any
    /// other change the sessions go on.
    ///
    /// # Errors
    ///
    /// [`AccountsError`].
    pub async fn update(
        &self,
        id: UserId,
        change: &UserChange,
        by: &Administrator,
    ) -> Result<Option<Account>, AccountsError> {
        // The store does not detect a conflict with the former spelling of an address.
        if let Some(email) = &change.email
            && self.store.by_email(email).await?.is_some_and(|other| other.user.id != id)
        {
            return self.email_taken(id).await;
        }
        let now = self.clock.now();
        let effects = |updated: &UpdatedUser| {
            let effects: Effects = events(updated, by, now).into_iter().collect();
            let is_disabled = updated.after.disabled && !updated.before.disabled;
            let notice = if is_disabled {
                // The change is made also if no mail can be composed.
                let email = &updated.before.user.email;
                self.notice(MailKind::AccountDisabled, email, now).unwrap_or_else(|error| {
                    error!(user_id = %id, %error, "cannot send a notice of a disabled account");
                    None
                })
            } else {
                None
            };
            Some(effects.and_mail(notice))
        };
        match self.store.update_user(id, change, by.authority(), now, &effects).await?? {
            UserUpdate::Updated(account) | UserUpdate::Unchanged(account) => Ok(Some(account)),
            UserUpdate::NotFound => Ok(None),
            UserUpdate::EmailTaken => Err(AccountsError::EmailTaken),
            UserUpdate::LastAdministrator => Err(AccountsError::LastAdministrator),
            UserUpdate::MetadataTooLarge => Err(MetadataError::TooLarge.into()),
        }
    }

    async fn email_taken(&self, id: UserId) -> Result<Option<Account>, AccountsError> {
        match self.store.by_id(id).await? {
            Some(_) => Err(AccountsError::EmailTaken),
            None => Ok(None),
        }
    }
}

/// The events of a change: one for each member.
fn events(updated: &UpdatedUser, by: &Administrator, now: Timestamp) -> Vec<AuditEvent> {
    let UpdatedUser { before, after } = updated;
    let mut events = Vec::new();
    let mut add = |kind| events.push(by.event(now, kind, after.user.id));
    // Without the addresses: the trail outlives the account.
    if before.user.email != after.user.email {
        add(AuditKind::EmailChanged);
    }
    // A new address is not verified, unless the change says so.
    let was_verified = before.user.email_verified && before.user.email == after.user.email;
    match (was_verified, after.user.email_verified) {
        (false, true) => add(AuditKind::EmailVerified),
        (true, false) => add(AuditKind::EmailUnverified),
        _ => {}
    }
    if before.user.is_admin != after.user.is_admin {
        let granted = after.user.is_admin;
        add(if granted { AuditKind::AdminGranted } else { AuditKind::AdminRevoked });
    }
    if before.disabled != after.disabled {
        add(if after.disabled { AuditKind::UserDisabled } else { AuditKind::UserEnabled });
    }
    if before.metadata != after.metadata {
        add(AuditKind::MetadataChanged);
    }
    events
}

//! A partial update of a user.

use serde_json::{Map, Value};

use super::authorization::revoked_by_operator;
use super::records::Account;
use crate::domain::{Email, Metadata, MetadataError, Timestamp};

/// A partial update of a user; `None` leaves a member unchanged.
///
/// A change of address makes it unverified, unless `email_verified` says otherwise. A change of `disabled`
/// revokes all tokens and ends all sessions; no other one does.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// The e-mail address.
    pub email: Option<Email>,
    /// Whether the user has proved to receive mails at the address.
    pub email_verified: Option<bool>,
    /// Whether the user is an administrator.
    pub is_admin: Option<bool>,
    /// Whether the user may not log in.
    pub disabled: Option<bool>,
    /// The metadata.
    pub metadata: Option<MetadataChange>,
}

/// A change of metadata.
#[derive(Clone, Debug)]
pub enum MetadataChange {
    /// Replaces it.
    Set(Metadata),
    /// Applies a JSON merge patch (RFC 7396).
    Merge(Map<String, Value>),
}

/// A user before and after a change.
#[derive(Clone, Debug)]
pub struct UpdatedUser {
    /// Before.
    pub before: Account,
    /// After.
    pub after: Account,
}

impl UserChange {
    /// The user after the change at `now`; equal to `before` where nothing changes.
    ///
    /// # Errors
    ///
    /// [`MetadataError::TooLarge`].
    pub(super) fn apply(&self, before: &Account, now: Timestamp) -> Result<Account, MetadataError> {
        let mut after = before.clone();
        if let Some(email) = self.email.as_ref().filter(|email| **email != before.user.email) {
            after.user.email = email.clone();
            after.user.email_verified = false;
        }
        if let Some(email_verified) = self.email_verified {
            after.user.email_verified = email_verified;
        }
        if let Some(is_admin) = self.is_admin {
            after.user.is_admin = is_admin;
        }
        if let Some(disabled) = self.disabled {
            after.disabled = disabled;
        }
        match &self.metadata {
            None => {}
            Some(MetadataChange::Set(metadata)) => after.metadata = metadata.clone(),
            Some(MetadataChange::Merge(patch)) => after.metadata = before.metadata.merged(patch)?,
        }
        if after != *before {
            after.changed_at = now;
        }
        if after.disabled != before.disabled {
            after.tokens_valid_after = revoked_by_operator(before.tokens_valid_after, now);
        }
        Ok(after)
    }
}

impl UpdatedUser {
    /// Whether all sessions end.
    pub(super) fn ends_sessions(&self) -> bool {
        self.before.disabled != self.after.disabled
    }

    /// Whether there is one active administrator fewer.
    pub(super) fn removes_administrator(&self) -> bool {
        self.before.is_active_admin() && !self.after.is_active_admin()
    }
}

impl Account {
    /// Whether the user is an administrator who may log in.
    #[must_use]
    pub fn is_active_admin(&self) -> bool {
        self.user.is_admin && !self.disabled
    }
}

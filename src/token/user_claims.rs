//! The claims of an access token about its user.

use std::str::FromStr;

use serde::Serialize;

use crate::domain::{Metadata, User};

/// A claim about the user that access tokens can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserClaim {
    /// `email`, a string.
    Email,
    /// `email_verified`, a Boolean.
    EmailVerified,
    /// `is_admin`, a Boolean.
    IsAdmin,
    /// `metadata`, an object.
    Metadata,
}

/// The error of an unknown claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of: email, email_verified, is_admin, metadata; several are separated by commas"
)]
pub struct UnknownClaim;

impl FromStr for UserClaim {
    type Err = UnknownClaim;

    fn from_str(text: &str) -> Result<Self, UnknownClaim> {
        match text {
            "email" => Ok(Self::Email),
            "email_verified" => Ok(Self::EmailVerified),
            "is_admin" => Ok(Self::IsAdmin),
            "metadata" => Ok(Self::Metadata),
            _ => Err(UnknownClaim),
        }
    }
}

/// The claims of an access token about its user, as they are at its issue.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UserClaims {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_admin: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Metadata>,
}

impl UserClaims {
    /// The claims of these names.
    #[must_use]
    pub fn new(names: &[UserClaim], user: &User, metadata: &Metadata) -> Self {
        let has = |name| names.contains(&name);
        Self {
            email: has(UserClaim::Email).then(|| user.email.to_string()),
            email_verified: has(UserClaim::EmailVerified).then_some(user.email_verified),
            is_admin: has(UserClaim::IsAdmin).then_some(user.is_admin),
            metadata: has(UserClaim::Metadata).then(|| metadata.clone()),
        }
    }
}

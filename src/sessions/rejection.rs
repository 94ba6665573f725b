//! The metric of a rejected access token.

use countersign_auth::TokenError;

use super::caller::InactiveToken;
use crate::metrics::TokenRejection;

impl InactiveToken {
    /// The reason, as it is counted.
    pub(super) fn counted(&self) -> TokenRejection {
        match self {
            Self::Token(error) => match error {
                TokenError::Algorithm
                | TokenError::Type
                | TokenError::Critical
                | TokenError::EmbeddedKey => TokenRejection::Header,
                TokenError::Signature => TokenRejection::Signature,
                TokenError::Claims => TokenRejection::Claims,
                TokenError::Expired => TokenRejection::Expired,
                TokenError::NotYetValid => TokenRejection::NotYetValid,
                TokenError::Issuer | TokenError::Audience => TokenRejection::Audience,
                // Too long, not three parts, or with a malformed header.
                _ => TokenRejection::Malformed,
            },
            Self::UserNotFound => TokenRejection::UserNotFound,
            Self::UserDisabled => TokenRejection::UserDisabled,
            Self::SessionEnded => TokenRejection::SessionEnded,
            Self::Revoked => TokenRejection::Revoked,
            Self::Store(_) => TokenRejection::Unavailable,
        }
    }
}

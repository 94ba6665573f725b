//! Errors of password hashes.

use super::cost::Cost;

/// Errors of the text of a password hash.
///
/// `Display` continues a sentence about the text, and shows no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The format is unknown, or the text is not printable ASCII.
    #[error("has an unknown format; expected argon2, bcrypt, scrypt or PBKDF2")]
    Unknown,
    /// The text begins like a hash of this algorithm but is malformed.
    #[error("is a malformed {0} hash")]
    Malformed(&'static str),
    /// The cost parameters are out of bounds.
    #[error("has {algorithm} cost parameters out of bounds: {bounds}")]
    Cost {
        /// The algorithm, as the hash names it.
        algorithm: &'static str,
        /// The accepted bounds.
        bounds: &'static str,
    },
}

impl HashError {
    /// The error of argon2 cost parameters out of bounds.
    pub(super) fn argon2_cost(algorithm: &'static str) -> Self {
        Self::Cost { algorithm, bounds: Cost::BOUNDS }
    }
}

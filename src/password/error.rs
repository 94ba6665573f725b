//! What is wrong with the text of a hash.

use super::cost::Cost;

/// Why a text is no hash that this service would verify.
///
/// Each reads as the end of a sentence about the text, and repeats nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The text is in none of the formats, or it is no line of printable ASCII.
    #[error("is in none of the known formats: argon2, bcrypt, scrypt and PBKDF2")]
    Unknown,
    /// The text begins like a hash of the named algorithm, but does not go on like one.
    #[error("is not a well-formed {0} hash")]
    Malformed(&'static str),
    /// The hash names a cost outside the bounds of its algorithm.
    #[error("names a cost out of bounds for {algorithm}: {bounds}")]
    Cost {
        /// The algorithm, as the hash names it.
        algorithm: &'static str,
        /// What is accepted.
        bounds: &'static str,
    },
}

impl HashError {
    /// The error of an argon2 hash whose cost is out of bounds.
    pub(super) fn argon2_cost(algorithm: &'static str) -> Self {
        Self::Cost { algorithm, bounds: Cost::BOUNDS }
    }
}

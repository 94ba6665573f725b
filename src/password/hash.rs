//! A stored password hash.

use std::fmt;

use argon2::password_hash::phc;

use super::cost::{Cost, CostError};

/// The hash of a password, with its algorithm, cost and salt: a PHC string such as
/// `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
///
/// Its cost is known to be bearable, see [`Cost`]. `Debug` shows the algorithm alone.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub(super) phc::PasswordHash);

/// Why a text is no hash that this service would verify.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The text is not a PHC string with an argon2id hash in it.
    #[error("is not an argon2id hash in the PHC string format")]
    Format,
    /// The hash names a cost outside the bounds.
    #[error(transparent)]
    Cost(#[from] CostError),
}

impl PasswordHash {
    /// Reads a PHC string.
    ///
    /// A hash names its own cost, so a hash from outside could take the whole machine: one whose
    /// cost is out of bounds is refused here, before anything is computed.
    ///
    /// # Errors
    ///
    /// [`HashError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let hash = phc::PasswordHash::new(text).map_err(|_| HashError::Format)?;
        let is_argon2id = hash.algorithm.as_str() == argon2::ARGON2ID_IDENT.as_str();
        if !is_argon2id || hash.salt.is_none() || hash.hash.is_none() {
            return Err(HashError::Format);
        }
        Cost::of(&hash)?;
        Ok(Self(hash))
    }

    /// A hash that no password has, with the form and cost of a real one: verifying against it
    /// takes as long as verifying against a user's.
    #[must_use]
    pub fn decoy(cost: Cost) -> Self {
        // Any constant will do: nobody can find a password that hashes to it.
        let salt = phc::Salt::new(&[0; 16]).ok();
        let tag = phc::Output::new(&[0; Cost::TAG_LENGTH]).ok();
        Self(cost.phc(salt, tag))
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({}, [REDACTED])", self.0.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";

    #[test]
    fn a_phc_string_comes_back_as_it_was() {
        let text = format!("$argon2id$v=19$m=19456,t=2,p=1${TAIL}");
        assert_eq!(PasswordHash::parse(&text).unwrap().to_string(), text);
    }

    #[test]
    fn a_cost_that_would_take_the_machine_is_refused() {
        for cost in ["m=4194304,t=2,p=1", "m=19456,t=1000000,p=1", "m=19456,t=2,p=255"] {
            let text = format!("$argon2id$v=19${cost}${TAIL}");
            assert!(matches!(PasswordHash::parse(&text), Err(HashError::Cost(_))), "{cost}");
        }
    }

    #[test]
    fn what_is_no_argon2id_hash_is_refused() {
        for text in [
            "",
            "password",
            "$argon2id$",
            "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA",
            "$argon2id$v=19$m=8,t=1,p=1",
        ] {
            assert_eq!(PasswordHash::parse(text), Err(HashError::Format), "{text}");
        }
    }

    #[test]
    fn debug_shows_neither_salt_nor_hash() {
        let hash = PasswordHash::parse(&format!("$argon2id$v=19$m=19456,t=2,p=1${TAIL}")).unwrap();
        assert_eq!(format!("{hash:?}"), "PasswordHash(argon2id, [REDACTED])");
    }
}

//! Which format the text of a hash is in.

use super::argon2::Argon2Hash;
use super::bcrypt::BcryptHash;
use super::error::HashError;
use super::pbkdf2::{Digest, Pbkdf2Hash};
use super::scrypt::ScryptHash;

/// A hash, read.
pub(super) enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Scrypt(ScryptHash),
    Pbkdf2(Pbkdf2Hash),
}

impl Scheme {
    /// Longer than any text that the known libraries write.
    const MAX_LENGTH: usize = 512;

    /// Reads a hash, which tells its format by its first name: `$name$…`, or `name$…` as Django
    /// writes it.
    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        if text.len() > Self::MAX_LENGTH || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(HashError::Unknown);
        }
        let named = text.strip_prefix('$').unwrap_or(text);
        let (name, _) = named.split_once('$').ok_or(HashError::Unknown)?;
        match name {
            "argon2" | "argon2d" | "argon2i" | "argon2id" => {
                Argon2Hash::parse(text).map(Self::Argon2)
            }
            "2a" | "2b" | "2y" | "bcrypt" => BcryptHash::parse(text).map(Self::Bcrypt),
            "scrypt" => ScryptHash::parse(text).map(Self::Scrypt),
            "pbkdf2" | "pbkdf2_sha1" => Pbkdf2Hash::parse(Digest::Sha1, text).map(Self::Pbkdf2),
            "pbkdf2-sha256" | "pbkdf2_sha256" => {
                Pbkdf2Hash::parse(Digest::Sha256, text).map(Self::Pbkdf2)
            }
            "pbkdf2-sha512" => Pbkdf2Hash::parse(Digest::Sha512, text).map(Self::Pbkdf2),
            _ => Err(HashError::Unknown),
        }
    }

    /// The name of the algorithm.
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Argon2(hash) => hash.algorithm(),
            Self::Bcrypt(_) => BcryptHash::ALGORITHM,
            Self::Scrypt(_) => ScryptHash::ALGORITHM,
            Self::Pbkdf2(hash) => hash.algorithm(),
        }
    }
}

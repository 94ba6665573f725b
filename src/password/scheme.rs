//! The formats of password hashes.

use super::argon2::Argon2Hash;
use super::bcrypt::BcryptHash;
use super::cost::Cost;
use super::error::HashError;
use super::firebase::FirebaseHash;
use super::password::Password;
use super::pbkdf2::{Digest, Pbkdf2Hash};
use super::scrypt::ScryptHash;

/// A parsed password hash.
pub(super) enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Scrypt(ScryptHash),
    Pbkdf2(Pbkdf2Hash),
    Firebase(FirebaseHash),
    /// The account has no password: [`Scheme::NO_PASSWORD`].
    NoPassword,
}

impl Scheme {
    /// The text in place of the hash of an account without a password. It differs from the marks of
    /// unusable hashes in other systems.
    pub(super) const NO_PASSWORD: &str = "$no-password$";

    /// The longest text, in bytes; no supported library writes a longer one.
    const MAX_LENGTH: usize = 512;

    /// Parses a hash, which begins with the name of its format: `$name$…`, Django's `name$…`, or
    /// Werkzeug's `name:parameters$…`.
    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        if text.len() > Self::MAX_LENGTH || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(HashError::Unknown);
        }
        if text == Self::NO_PASSWORD {
            return Ok(Self::NoPassword);
        }
        let named = text.strip_prefix('$').unwrap_or(text);
        let (name, _) = named.split_once('$').ok_or(HashError::Unknown)?;
        let digest = match name.split(':').collect::<Vec<_>>().as_slice() {
            ["argon2" | "argon2d" | "argon2i" | "argon2id"] => {
                return Argon2Hash::parse(text).map(Self::Argon2);
            }
            ["2a" | "2b" | "2y" | "bcrypt" | "bcrypt_sha256" | "bcrypt-sha256"] => {
                return BcryptHash::parse(text).map(Self::Bcrypt);
            }
            ["scrypt", ..] => return ScryptHash::parse(text).map(Self::Scrypt),
            ["fbscrypt"] => return FirebaseHash::parse(text).map(Self::Firebase),
            ["pbkdf2" | "pbkdf2_sha1"] | ["pbkdf2", "sha1", ..] => Digest::Sha1,
            ["pbkdf2-sha256" | "pbkdf2_sha256"] | ["pbkdf2", "sha256", ..] => Digest::Sha256,
            ["pbkdf2-sha512"] | ["pbkdf2", "sha512", ..] => Digest::Sha512,
            _ => return Err(HashError::Unknown),
        };
        Pbkdf2Hash::parse(digest, text).map(Self::Pbkdf2)
    }

    /// The name of the algorithm.
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Argon2(hash) => hash.algorithm(),
            Self::Bcrypt(hash) => hash.algorithm(),
            Self::Scrypt(_) => ScryptHash::ALGORITHM,
            Self::Pbkdf2(hash) => hash.algorithm(),
            Self::Firebase(_) => FirebaseHash::ALGORITHM,
            Self::NoPassword => "none",
        }
    }

    /// The estimated work of a verification, in the unit of [`Cost::work`], which a core does in about
    /// 0.6 µs, and in 0.2 µs with a fast engine; `dummy` is the cost of the dummy hash. An estimate is enough to tell a hash of seconds
    /// from one of milliseconds.
    pub(super) fn work(&self, dummy: Cost) -> u64 {
        match self {
            Self::Argon2(hash) => hash.cost().work(),
            Self::Bcrypt(hash) => hash.work(),
            Self::Scrypt(hash) => hash.work(),
            Self::Pbkdf2(hash) => hash.work(),
            Self::Firebase(hash) => hash.work(),
            Self::NoPassword => dummy.work(),
        }
    }

    /// Whether the hash depends on the whole password, normalized and as typed: then no longer or
    /// shorter password matches it.
    pub(super) fn covers(&self, password: &Password) -> bool {
        match self {
            Self::Bcrypt(hash) => {
                password.spellings().all(|spelling| hash.covers(spelling.as_bytes()))
            }
            Self::Argon2(_) | Self::Scrypt(_) | Self::Pbkdf2(_) | Self::Firebase(_) => true,
            Self::NoPassword => false,
        }
    }
}

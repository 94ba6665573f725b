//! A stored password hash.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc;

use super::argon2::Argon2Hash;
use super::cost::Cost;
use super::error::HashError;
use super::password::Password;
use super::scheme::Scheme;

/// A password hash with its algorithm, cost parameters and salt, such as
/// `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
///
/// New hashes are argon2id. Imported hashes are verified in their own format:
///
/// | algorithm | formats |
/// | --- | --- |
/// | argon2id, argon2i, argon2d | PHC strings, version 16 or 19; Django's `argon2$argon2id$…` |
/// | bcrypt | `$2a$…`, `$2b$…`, `$2y$…`; Django's `bcrypt$$2b$…` |
/// | bcrypt over SHA-256 | Django's `bcrypt_sha256$$2b$…`, passlib's `$bcrypt-sha256$…` |
/// | scrypt | `$scrypt$ln=15,r=8,p=1$…$…`; Django's `scrypt$16384$…$8$5$…`, Werkzeug's `scrypt:32768:8:1$…$…` |
/// | Firebase's scrypt | `$fbscrypt$v=1,n=14,r=8,p=1,ss=…,sk=…$…$…`, as Supabase writes it |
/// | PBKDF2 with SHA-1, SHA-256 or SHA-512 | Django's `pbkdf2_sha256$600000$…$…`, passlib's `$pbkdf2-sha256$29000$…$…`, PHC strings `$pbkdf2-sha256$i=600000,l=32$…$…`, Werkzeug's `pbkdf2:sha256:600000$…$…` |
/// | none | `$no-password$`: the account has no password; verification always fails |
///
/// The cost is bounded: at most 128 MiB and a few seconds. `Display` writes exactly the text that was
/// parsed; `Debug` shows the algorithm only. Cheap to clone.
#[derive(Clone)]
pub struct PasswordHash(Arc<Parsed>);

struct Parsed {
    text: Box<str>,
    scheme: Scheme,
}

impl PasswordHash {
    /// Parses the text of a hash.
    ///
    /// A hash names its own cost parameters, so that an imported one could exhaust the machine: cost
    /// parameters out of bounds are rejected here.
    ///
    /// # Errors
    ///
    /// [`HashError`] if the text is malformed, its format unknown, or its cost out of bounds.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        Ok(Self::new(text, Scheme::parse(text)?))
    }

    /// A dummy hash, which no password matches: verifying against it takes as long as against a new
    /// hash of this cost.
    #[must_use]
    pub fn dummy(cost: Cost) -> Self {
        // A constant will do: finding a password with this hash is infeasible.
        let salt = phc::Salt::new(&[0; 16]);
        let tag = phc::Output::new(&[0; Cost::TAG_LENGTH]);
        match (salt, tag) {
            (Ok(salt), Ok(tag)) => Self::from(Argon2Hash::new(cost, salt, tag)),
            _ => Self::none(),
        }
    }

    /// The hash of an account without a password. No password matches it; verification takes as long
    /// as for an unknown address.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Scheme::NO_PASSWORD, Scheme::NoPassword)
    }

    /// Whether the account has no password.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self.0.scheme, Scheme::NoPassword)
    }

    /// Whether the verified `password` is to be rehashed: the hash is not argon2id version 19
    /// (RFC 9106) of exactly this cost, and it covers the whole password. Rehashing a password of
    /// which only a part was verified would make an arbitrary suffix part of the password.
    #[must_use]
    pub fn needs_rehash(&self, cost: Cost, password: &Password) -> bool {
        match &self.0.scheme {
            Scheme::Argon2(hash) if hash.is_current(cost) => false,
            scheme => scheme.covers(password),
        }
    }

    /// The estimated work of a verification, in the unit of [`Cost::work`]; `cost` is that of the dummy
    /// hash.
    pub(super) fn work(&self, cost: Cost) -> u64 {
        self.0.scheme.work(cost)
    }

    pub(super) fn scheme(&self) -> &Scheme {
        &self.0.scheme
    }

    fn new(text: &str, scheme: Scheme) -> Self {
        Self(Arc::new(Parsed { text: text.into(), scheme }))
    }
}

impl From<Argon2Hash> for PasswordHash {
    fn from(hash: Argon2Hash) -> Self {
        Self::new(&hash.to_text(), Scheme::Argon2(hash))
    }
}

impl PartialEq for PasswordHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for PasswordHash {}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({}, [REDACTED])", self.0.scheme.algorithm())
    }
}

#[cfg(test)]
mod tests;

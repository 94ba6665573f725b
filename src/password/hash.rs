//! A stored password hash.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc;

use super::argon2::Argon2Hash;
use super::cost::Cost;
use super::error::HashError;
use super::password::Password;
use super::scheme::Scheme;

/// The hash of a password, with its algorithm, cost and salt: a text such as
/// `$argon2id$v=19$m=19456,t=2,p=1$…$…`.
///
/// New hashes are argon2id. Those that come from elsewhere are kept and verified as they are:
///
/// | algorithm | texts |
/// | --- | --- |
/// | argon2id, argon2i, argon2d | PHC strings, version 16 or 19; Django's `argon2$argon2id$…` |
/// | bcrypt | `$2a$…`, `$2b$…`, `$2y$…`; Django's `bcrypt$$2b$…` |
/// | bcrypt over SHA-256 | Django's `bcrypt_sha256$$2b$…`, passlib's `$bcrypt-sha256$…` |
/// | scrypt | `$scrypt$ln=15,r=8,p=1$…$…`; Django's `scrypt$16384$…$8$5$…`, Werkzeug's `scrypt:32768:8:1$…$…` |
/// | Firebase's scrypt | `$fbscrypt$v=1,n=14,r=8,p=1,ss=…,sk=…$…$…`, as Supabase writes it |
/// | PBKDF2 with SHA-1, SHA-256 or SHA-512 | Django's `pbkdf2_sha256$600000$…$…`, passlib's `$pbkdf2-sha256$29000$…$…`, PHC strings `$pbkdf2-sha256$i=600000,l=32$…$…`, Werkzeug's `pbkdf2:sha256:600000$…$…` |
/// | none | `$no-password$`: the account has no password, and none verifies |
///
/// Its cost is known to be bearable: 128 MiB and a few seconds at the most. `Display` gives back
/// exactly the text that was parsed; `Debug` shows the algorithm alone. Cheap to clone, and no
/// larger than its text, for a store may hold a million.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(Arc<str>);

impl PasswordHash {
    /// Reads the text of a hash.
    ///
    /// A hash names its own cost, so a hash from outside could take the whole machine: one whose
    /// cost is out of bounds is refused here, before anything is computed.
    ///
    /// # Errors
    ///
    /// [`HashError`] says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        Scheme::parse(text)?;
        Ok(Self(text.into()))
    }

    /// A hash that no password has, with the form and cost of a new one: verifying against it
    /// takes as long as verifying against a user's.
    #[must_use]
    pub fn decoy(cost: Cost) -> Self {
        // Any constant will do: nobody can find a password that hashes to it.
        let salt = phc::Salt::new(&[0; 16]);
        let tag = phc::Output::new(&[0; Cost::TAG_LENGTH]);
        match (salt, tag) {
            (Ok(salt), Ok(tag)) => Self::from(&Argon2Hash::new(cost, salt, tag)),
            _ => Self("".into()),
        }
    }

    /// The text that stands in the place of a hash where an account has no password. No password
    /// verifies against it, and finding that out takes as long as with an unknown address.
    #[must_use]
    pub fn none() -> Self {
        Self(Scheme::NO_PASSWORD.into())
    }

    /// Whether the account has no password.
    #[must_use]
    pub fn is_none(&self) -> bool {
        &*self.0 == Scheme::NO_PASSWORD
    }

    /// Whether this password, which was verified against this hash, is to be hashed anew: the hash
    /// is not argon2id version 19 (RFC 9106) with exactly this cost, and it covers all of the
    /// password. A new hash of a password that was verified in part only would make whatever was
    /// typed for the rest of it the password.
    #[must_use]
    pub fn needs_rehash(&self, cost: Cost, password: &Password) -> bool {
        match self.scheme() {
            Ok(Scheme::Argon2(hash)) if hash.is_like_new(cost) => false,
            Ok(scheme) => scheme.covers(password),
            Err(_) => false,
        }
    }

    /// What the text says. It was parsed before, so there is no error to expect.
    pub(super) fn scheme(&self) -> Result<Scheme, HashError> {
        Scheme::parse(&self.0)
    }
}

impl From<&Argon2Hash> for PasswordHash {
    fn from(hash: &Argon2Hash) -> Self {
        Self(hash.to_text().into())
    }
}

impl fmt::Display for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = self.scheme().map_or("unknown", |scheme| scheme.algorithm());
        write!(f, "PasswordHash({algorithm}, [REDACTED])")
    }
}

#[cfg(test)]
mod tests;

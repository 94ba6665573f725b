//! bcrypt, of the password itself or of its SHA-256 digest.
//!
//! ```text
//! $2b$12$…                                also $2a$ and $2y$: one algorithm
//! bcrypt$$2b$12$…                         Django's BCryptPasswordHasher
//! bcrypt_sha256$$2b$12$…                  Django's BCryptSHA256PasswordHasher: SHA-256 in hex
//! $bcrypt-sha256$2b,12$salt$hash          passlib 1.6: SHA-256 in base64
//! $bcrypt-sha256$v=2,t=2b,r=12$salt$hash  passlib 1.7.3: HMAC-SHA-256 in base64, its key the salt
//! ```
//!
//! `$2x$`, the prefix of a broken implementation, is not supported. bcrypt truncates a password to 72
//! bytes; a longer one matches by these, as in the library of the hash.

use argon2::password_hash::phc::Output;
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose};
use secrecy::zeroize::Zeroizing;

use super::error::HashError;
use super::fields;

/// A bcrypt hash.
pub(super) struct BcryptHash {
    input: Input,
    cost: u32,
    salt: [u8; 16],
    tag: Output,
}

/// The length of a salt in base64.
const SALT_LENGTH: usize = 22;

/// The input of bcrypt.
enum Input {
    Password,
    /// The SHA-256 digest of the password, in hex.
    HexDigest,
    /// The SHA-256 digest of the password, in padded base64.
    Base64Digest,
    /// The HMAC-SHA-256 of the password under this key, in padded base64.
    Base64Hmac([u8; SALT_LENGTH]),
}

/// Some libraries set random bits after the end of the salt, which are ignored.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::with_decode_allow_trailing_bits(general_purpose::NO_PAD, true),
);

impl BcryptHash {
    /// The most bytes that bcrypt reads, including the NUL at the end of the password.
    const MAX_INPUT: usize = 72;

    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        let sha256 = text.starts_with("bcrypt_sha256") || text.starts_with("$bcrypt-sha256");
        let algorithm = if sha256 { "bcrypt-sha256" } else { "bcrypt" };
        let hash = read(text).ok_or(HashError::Malformed(algorithm))?;
        // At 14 a hash takes about a second, and each step doubles it.
        if !(4..=14).contains(&hash.cost) {
            return Err(HashError::Cost { algorithm, bounds: "between 4 and 14" });
        }
        Ok(hash)
    }

    pub(super) fn algorithm(&self) -> &'static str {
        if matches!(self.input, Input::Password) { "bcrypt" } else { "bcrypt-sha256" }
    }

    /// The estimated work, in KiB of argon2: at cost 10 about 60 ms.
    pub(super) fn work(&self) -> u64 {
        90 << self.cost
    }

    /// Whether the hash depends on the whole password. If the password has 72 bytes, the hash may be of
    /// a longer one.
    pub(super) fn covers(&self, password: &[u8]) -> bool {
        !matches!(self.input, Input::Password) || password.len() < Self::MAX_INPUT
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        match &self.input {
            Input::Password => self.verify_input(password),
            Input::HexDigest => {
                let digest = digest::digest(&digest::SHA256, password);
                self.verify_input(hex::encode(digest).as_bytes())
            }
            Input::Base64Digest => {
                let digest = digest::digest(&digest::SHA256, password);
                self.verify_input(general_purpose::STANDARD.encode(digest).as_bytes())
            }
            Input::Base64Hmac(key) => {
                let digest = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), password);
                self.verify_input(general_purpose::STANDARD.encode(digest).as_bytes())
            }
        }
    }

    fn verify_input(&self, input: &[u8]) -> bool {
        // The input ends with a NUL, unless it has 72 bytes.
        let mut key = Zeroizing::new([0; Self::MAX_INPUT]);
        let length = input.len().min(key.len());
        let (Some(start), Some(read)) = (key.get_mut(..length), input.get(..length)) else {
            return false;
        };
        start.copy_from_slice(read);
        let key = key.get(..=length).unwrap_or(&*key);
        let computed = bcrypt::bcrypt(self.cost, self.salt, key);
        // The last of the 24 bytes is never written; `Output` compares in constant time.
        computed.get(..23).and_then(|tag| Output::new(tag).ok()).is_some_and(|tag| tag == self.tag)
    }
}

fn read(text: &str) -> Option<BcryptHash> {
    if let Some(text) = text.strip_prefix("$bcrypt-sha256$") {
        return read_passlib(text);
    }
    let (input, text) = match text.strip_prefix("bcrypt_sha256$") {
        Some(text) => (Input::HexDigest, text),
        None => (Input::Password, text.strip_prefix("bcrypt$").unwrap_or(text)),
    };
    let text = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let (cost, rest) = text.split_once('$')?;
    if cost.len() != 2 {
        return None;
    }
    let (salt, tag) = rest.split_at_checked(SALT_LENGTH)?;
    new(input, cost, salt, tag)
}

/// What follows `$bcrypt-sha256$`.
fn read_passlib(text: &str) -> Option<BcryptHash> {
    let fields: Vec<&str> = text.split('$').collect();
    let [params, salt, tag] = fields.as_slice() else { return None };
    let params: Vec<&str> = params.split(',').collect();
    let (input, cost) = match params.as_slice() {
        ["2a" | "2b", cost] => (Input::Base64Digest, *cost),
        ["v=2", "t=2b", cost] => {
            (Input::Base64Hmac(salt.as_bytes().try_into().ok()?), cost.strip_prefix("r=")?)
        }
        _ => return None,
    };
    new(input, cost, salt, tag)
}

fn new(input: Input, cost: &str, salt: &str, tag: &str) -> Option<BcryptHash> {
    if salt.len() != SALT_LENGTH || tag.len() != 31 {
        return None;
    }
    let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
    let tag = Output::new(&BASE64.decode(tag).ok()?).ok()?;
    Some(BcryptHash { input, cost: fields::number(cost)?, salt, tag })
}

#[cfg(test)]
mod tests;

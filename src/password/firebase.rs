//! Firebase's scrypt: AES-256-CTR of the project's signer key, under a key that scrypt (RFC 7914)
//! derives from the password.
//!
//! ```text
//! $fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=KEY$salt$hash
//! ```
//!
//! This is Supabase's format. `n` is the project's memory cost (log₂ N), `r` its rounds, `ss` its salt
//! separator and `sk` its signer key. The signer key is in each hash, since nothing else identifies the
//! project of a user; it is useless without a hash, and a rehash removes it.

use std::fmt;

use argon2::password_hash::phc::Output;
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use scrypt::Params;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::error::HashError;
use super::fields;
use super::hash::PasswordHash;
use super::scrypt::{BOUNDS, CostNumbers, bounded, work};

/// A hash of Firebase's scrypt.
pub(super) struct FirebaseHash {
    params: Params,
    /// The user's salt, followed by the project's separator.
    salt: Vec<u8>,
    signer_key: Zeroizing<Vec<u8>>,
    tag: Output,
}

impl FirebaseHash {
    pub(super) const ALGORITHM: &str = "firebase-scrypt";

    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        let read = read(text).ok_or(HashError::Malformed(Self::ALGORITHM))?;
        let (params, salt, signer_key, tag) = read;
        let out_of_bounds = HashError::Cost { algorithm: Self::ALGORITHM, bounds: BOUNDS };
        let params = bounded(params).ok_or(out_of_bounds)?;
        Ok(Self { params, salt, signer_key, tag })
    }

    /// The estimated work, in KiB of argon2.
    pub(super) fn work(&self) -> u64 {
        work(&self.params)
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let computed = encrypted(password, &self.salt, &self.params, &self.signer_key);
        // `Output` compares in constant time.
        computed.is_some_and(|computed| computed == self.tag)
    }
}

fn encrypted(password: &[u8], salt: &[u8], params: &Params, signer_key: &[u8]) -> Option<Output> {
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(password, salt, params, &mut *key).ok()?;
    let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, &*key).ok()?).ok()?;
    let mut computed = signer_key.to_vec();
    // A constant counter, since each key encrypts the signer key only.
    let counter = EncryptionContext::Iv128(FixedLength::from([0; 16]));
    key.less_safe_encrypt(&mut computed, counter).ok()?;
    Output::new(&computed).ok()
}

/// Cost, salt, signer key and tag.
type Fields = (CostNumbers, Vec<u8>, Zeroizing<Vec<u8>>, Output);

fn read(text: &str) -> Option<Fields> {
    let fields: Vec<&str> = text.strip_prefix("$fbscrypt$")?.split('$').collect();
    let [params, salt, tag] = fields.as_slice() else { return None };
    let params: Vec<&str> = params.split(',').collect();
    let (numbers, separator, signer_key) = match params.as_slice() {
        ["v=1", n, r, p, separator, signer_key] => ([n, r, p], *separator, *signer_key),
        // A project without a separator.
        ["v=1", n, r, p, signer_key] => ([n, r, p], "ss=", *signer_key),
        _ => return None,
    };
    let [n, r, p] = numbers;
    let number = |text: &str, name| fields::number(text.strip_prefix(name)?);
    let numbers = (number(n, "n=")?, number(r, "r=")?, number(p, "p=")?);
    let mut salt = fields::bytes(salt)?;
    salt.extend(fields::bytes(separator.strip_prefix("ss=")?)?);
    let signer_key = Zeroizing::new(fields::bytes(signer_key.strip_prefix("sk=")?)?);
    let tag = Output::new(&fields::bytes(tag)?).ok()?;
    // The ciphertext is as long as the plaintext.
    (signer_key.len() == tag.len()).then_some((numbers, salt, signer_key, tag))
}

/// The password hash parameters of a Firebase project, as its console shows them.
///
/// `Debug` redacts the signer key.
pub struct FirebaseProject {
    signer_key: SecretString,
    salt_separator: String,
    rounds: u32,
    mem_cost: u32,
}

/// The invalid parameter of a Firebase project, without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FirebaseProjectError {
    /// The signer key is not 10 to 64 bytes in base64.
    #[error("the signer key is not 10 to 64 bytes in base64")]
    SignerKey,
    /// The salt separator is not up to 64 bytes in base64.
    #[error("the salt separator is not up to 64 bytes in base64")]
    SaltSeparator,
    /// The cost parameters are out of bounds.
    #[error(
        "rounds and memory cost are out of bounds: with N = 2^memory cost and r = rounds, {BOUNDS}"
    )]
    Cost,
}

impl FirebaseProject {
    /// The project with these parameters: signer key and salt separator in base64, rounds and
    /// memory cost as numbers.
    ///
    /// # Errors
    ///
    /// [`FirebaseProjectError`] names the invalid parameter.
    pub fn new(
        signer_key: &SecretString,
        salt_separator: &str,
        rounds: u32,
        mem_cost: u32,
    ) -> Result<Self, FirebaseProjectError> {
        let (key, separator) = (standard(signer_key.expose_secret()), standard(salt_separator));
        let length = |text: &str| fields::bytes(text).map(|bytes| bytes.len());
        if !length(&key).is_some_and(|length| (10..=Output::MAX_LENGTH).contains(&length)) {
            return Err(FirebaseProjectError::SignerKey);
        }
        if length(&separator).is_none_or(|length| length > 64) {
            return Err(FirebaseProjectError::SaltSeparator);
        }
        bounded((mem_cost, rounds, 1)).ok_or(FirebaseProjectError::Cost)?;
        Ok(Self { signer_key: key.into(), salt_separator: separator, rounds, mem_cost })
    }

    /// The hash of a user, from the two members that Firebase exports.
    ///
    /// # Errors
    ///
    /// [`HashError::Malformed`].
    pub fn hash(&self, salt: &str, hash: &str) -> Result<PasswordHash, HashError> {
        PasswordHash::parse(&format!(
            "$fbscrypt$v=1,n={},r={},p=1,ss={},sk={}${}${}",
            self.mem_cost,
            self.rounds,
            self.salt_separator,
            self.signer_key.expose_secret(),
            standard(salt),
            standard(hash),
        ))
    }
}

/// Base64 in the standard alphabet, where the URL-safe one was used.
fn standard(base64: &str) -> String {
    base64.trim().replace('-', "+").replace('_', "/")
}

impl fmt::Debug for FirebaseProject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FirebaseProject");
        shown.field("rounds", &self.rounds).field("mem_cost", &self.mem_cost);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public example of Firebase's own scrypt tool.
    const SIGNER_KEY: &str =
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";

    fn project(rounds: u32, mem_cost: u32) -> FirebaseProject {
        FirebaseProject::new(&SIGNER_KEY.into(), "Bw==", rounds, mem_cost).unwrap()
    }

    #[test]
    fn hashes_of_the_project_verify() {
        for (rounds, mem_cost, hash, password) in [
            // The example of Firebase's own scrypt tool.
            (
                8,
                14,
                "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
                "user1password",
            ),
            // firebase-scrypt 2.2.0 from npm.
            (
                8,
                14,
                "F6lgfOnU/kcEi9x32N6c79LU6iccneFQkXDzzrDmUGcbs8vJC99GAmD/IIkuzM8a9V6tYl1HhLbWTkgc/cOBQg==",
                "pässwörd",
            ),
            (
                4,
                10,
                "JprlByGWpV/iLkO8BWGf7qwnni+97lbjD0RRq1Vw29T8rc5GcfZ885pGlJ+asRvUMLPdmGNSl9E5K0GC4kFqwQ==",
                "pässwörd",
            ),
        ] {
            let made = project(rounds, mem_cost).hash("42xEC+ixf3L2lw==", hash).unwrap();
            let read = FirebaseHash::parse(&made.to_string()).unwrap();
            assert!(read.verify(password.as_bytes()), "{hash}");
            assert!(!read.verify(b"user2password"), "{hash}");
            let safe = |text: &str| text.replace('+', "-").replace('/', "_");
            let safe = project(rounds, mem_cost).hash("42xEC-ixf3L2lw==", &safe(hash));
            assert_eq!(safe, Ok(made));
        }
    }

    #[test]
    fn parameters_that_cannot_be_used_are_named_without_their_value() {
        let error = |key: &str, separator, rounds, mem_cost| {
            FirebaseProject::new(&key.into(), separator, rounds, mem_cost).unwrap_err()
        };
        for key in ["", "jxspr8Ki0RYyc*", "Bw==", &SIGNER_KEY.replace("==", SIGNER_KEY)] {
            assert_eq!(error(key, "Bw==", 8, 14), FirebaseProjectError::SignerKey, "{key}");
        }
        assert_eq!(error(SIGNER_KEY, "*", 8, 14), FirebaseProjectError::SaltSeparator);
        for (rounds, mem_cost) in [(8, 18), (0, 14), (8, 0), (u32::MAX, u32::MAX)] {
            let error = error(SIGNER_KEY, "", rounds, mem_cost);
            assert_eq!(error, FirebaseProjectError::Cost);
        }
        assert!(!format!("{:?}", project(8, 14)).contains("jxspr8"));
    }

    #[test]
    fn malformed_hash_is_rejected() {
        let tail = "42xEC+ixf3L2lw==$JprlByGWpV/iLkO8BWGf7g==";
        let key = "sk=jxspr8Ki0RYycVU8zykbdA==";
        let parse = |params: &str| FirebaseHash::parse(&format!("$fbscrypt${params}${tail}")).err();
        assert_eq!(parse(&format!("v=1,n=14,r=8,p=1,ss=Bw==,{key}")), None);
        assert_eq!(parse(&format!("v=1,n=14,r=8,p=1,{key}")), None);
        for params in [
            format!("v=2,n=14,r=8,p=1,ss=Bw==,{key}"),
            format!("v=1,n=14,r=8,ss=Bw==,{key}"),
            format!("v=1,r=8,n=14,p=1,ss=Bw==,{key}"),
            "v=1,n=14,r=8,p=1,ss=Bw==".to_owned(),
            "v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykb".to_owned(),
        ] {
            let malformed = HashError::Malformed("firebase-scrypt");
            assert_eq!(parse(&params), Some(malformed), "{params}");
        }
        for params in ["n=18,r=8,p=1", "n=14,r=8,p=65", "n=64,r=8,p=1", "n=14,r=0,p=1"] {
            let error = parse(&format!("v=1,{params},ss=Bw==,{key}"));
            assert!(matches!(error, Some(HashError::Cost { .. })), "{params}");
        }
    }
}

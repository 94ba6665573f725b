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
//! `$2x$`, the mark of a broken implementation, is not read. bcrypt reads the first 72 bytes of a
//! password only, and a longer one verifies here by those, as it did in the library that made the
//! hash.

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

/// What bcrypt is computed of.
enum Input {
    Password,
    /// The SHA-256 digest of the password, in hex.
    HexDigest,
    /// The SHA-256 digest of the password, in padded base64.
    Base64Digest,
    /// The HMAC-SHA-256 of the password under this key, in padded base64.
    Base64Hmac(hmac::Key),
}

/// Some libraries left random bits after the last of the salt; they are no part of it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::with_decode_allow_trailing_bits(general_purpose::NO_PAD, true),
);

impl BcryptHash {
    /// How many bytes bcrypt reads, the NUL at the end of the password included.
    const READ: usize = 72;

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

    /// Whether another password, one that differs from this one at its end, would not verify. With
    /// exactly 72 bytes the password from which the hash was made may have been longer.
    pub(super) fn covers(&self, password: &[u8]) -> bool {
        !matches!(self.input, Input::Password) || password.len() < Self::READ
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
                let digest = hmac::sign(key, password);
                self.verify_input(general_purpose::STANDARD.encode(digest).as_bytes())
            }
        }
    }

    fn verify_input(&self, input: &[u8]) -> bool {
        // The bytes end with a NUL, unless there are 72 of them.
        let mut key = Zeroizing::new([0; Self::READ]);
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
    let (salt, tag) = rest.split_at_checked(22)?;
    new(input, cost, salt, tag)
}

/// What follows `$bcrypt-sha256$`.
fn read_passlib(text: &str) -> Option<BcryptHash> {
    let fields: Vec<&str> = text.split('$').collect();
    let [params, salt, tag] = fields.as_slice() else { return None };
    let params: Vec<&str> = params.split(',').collect();
    let (input, cost) = match params.as_slice() {
        ["2a" | "2b", cost] => (Input::Base64Digest, *cost),
        ["v=2", "t=2b", cost] => (
            Input::Base64Hmac(hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes())),
            cost.strip_prefix("r=")?,
        ),
        _ => return None,
    };
    new(input, cost, salt, tag)
}

fn new(input: Input, cost: &str, salt: &str, tag: &str) -> Option<BcryptHash> {
    if salt.len() != 22 || tag.len() != 31 {
        return None;
    }
    let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
    let tag = Output::new(&BASE64.decode(tag).ok()?).ok()?;
    Some(BcryptHash { input, cost: fields::number(cost)?, salt, tag })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 80 bytes.
    const LONG: &str =
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789";

    #[test]
    fn hashes_of_other_libraries_verify() {
        for (text, password) in [
            // bcrypt 4.0.1 from PyPI.
            ("$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS", "pässwörd"),
            // passlib 1.7.4.
            ("$2b$05$yXc.dGBioh04Y/.G5by4XeO5rHe5h7.EssIovmpY7R9CaYnCnL2G2", "pässwörd"),
            ("$2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS", "pässwörd"),
            ("$2y$05$8V6E5BvVqcf2I2bvu9KkpuqcUhS8X194NLRu2AgHMuTlNskQ0t1G6", "pässwörd"),
            // Django 5.2.19.
            ("bcrypt$$2b$05$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O", "pässwörd"),
        ] {
            let hash = BcryptHash::parse(text).unwrap();
            assert!(hash.verify(password.as_bytes()), "{text}");
            assert!(!hash.verify("pässwört".as_bytes()), "{text}");
            assert!(!hash.verify(b""), "{text}");
        }
    }

    #[test]
    fn hashes_over_sha256_verify_and_cover_the_whole_password() {
        for (text, password) in [
            // Django 5.2.19.
            (
                "bcrypt_sha256$$2b$05$9Ky6ApNIlAiGH1c9anvZzO6sUfY8YRAjLv8ZoCcPeHRKeH.QkyNPi",
                "pässwörd",
            ),
            ("bcrypt_sha256$$2b$05$dzQhh2MEtjw93uDr/pUvO.FwoShVaWgrev3GDhFEYOQEWQSIIYxna", LONG),
            // passlib 1.7.4.
            (
                "bcrypt_sha256$$2b$05$TDyDklc.40UbOEcS98sSN.9TJ3BpFwfsSmnbpKeT3dbNIzy6fVrK2",
                "pässwörd",
            ),
            (
                "$bcrypt-sha256$v=2,t=2b,r=5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm",
                "pässwörd",
            ),
            (
                "$bcrypt-sha256$v=2,t=2b,r=5$FIjuwkib8BtwI./o5TD0Ie$jA8ow/cmXnRtzcl1Gy0AW/rvF2F6oe2",
                LONG,
            ),
            (
                "$bcrypt-sha256$2b,5$NXKezsxycqx5NHQVHekyf.$URnfhM6kM5gXXgfSXCxg2MfpYlViEg2",
                "pässwörd",
            ),
            (
                "$bcrypt-sha256$2a,5$G/Kvl5zh6GgoUIMdSV9Lyu$FhVYP.BRIIX.ywKHJVkR11K99hQiUkG",
                "pässwörd",
            ),
        ] {
            let hash = BcryptHash::parse(text).unwrap();
            assert!(hash.verify(password.as_bytes()), "{text}");
            assert!(!hash.verify(&LONG.as_bytes()[..72]), "{text}");
            assert!(!hash.verify(b""), "{text}");
            assert!(hash.covers(LONG.as_bytes()));
            assert_eq!(hash.algorithm(), "bcrypt-sha256");
        }
    }

    #[test]
    fn password_is_covered_below_72_bytes() {
        let text = "$2b$05$VCicp.F2Uz1W8hvktP3D/.oZeS7rm1A2mi9c1tvdi5/t8h/3GQYyK";
        let hash = BcryptHash::parse(text).unwrap();
        assert!(hash.covers(&LONG.as_bytes()[..71]));
        assert!(!hash.covers(&LONG.as_bytes()[..72]));
        assert!(!hash.covers(LONG.as_bytes()));
    }

    #[test]
    fn a_password_counts_by_its_first_72_bytes() {
        for text in [
            // bcrypt 4.0.1 from PyPI, made from 80 bytes.
            "$2b$05$VCicp.F2Uz1W8hvktP3D/.oZeS7rm1A2mi9c1tvdi5/t8h/3GQYyK",
            "$2a$05$e8iXIf31z/EGexKhoY7zG.Z2cLRuMnbF6RwBCzDITllu4yReAEnP.",
            "$2y$05$s4.VEQRcfGaadLzE2nCdweHtbZa0Gsgaukg/dgb8n547X9B9lH5p.",
            // The same, made from the first 72 of them.
            "$2b$05$81aPegL5PbL5AZMsJF2D9uGpvpfF1nbvDOZ2uMigSzTW7M3pRkMem",
        ] {
            let hash = BcryptHash::parse(text).unwrap();
            assert!(hash.verify(LONG.as_bytes()), "{text}");
            assert!(hash.verify(&LONG.as_bytes()[..72]), "{text}");
            assert!(!hash.verify(&LONG.as_bytes()[..71]), "{text}");
        }
    }

    #[test]
    fn bits_after_the_end_of_the_salt_do_not_matter() {
        // The `.` after `eta3` made an `L`.
        let text = "$2b$06$I16FQY1KNGYXe6hiXeta3Lb70vw6ID19nX9sNvcezbFI75LKIisfS";
        assert!(BcryptHash::parse(text).unwrap().verify("pässwörd".as_bytes()));
    }

    #[test]
    fn a_cost_that_would_take_seconds_is_refused() {
        for cost in ["00", "03", "15", "31", "99"] {
            let text = format!("$2b${cost}$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS");
            assert!(
                matches!(BcryptHash::parse(&text).err(), Some(HashError::Cost { .. })),
                "{cost}"
            );
        }
    }

    #[test]
    fn what_is_no_bcrypt_hash_is_malformed() {
        for text in [
            "bcrypt$",
            "$2b$",
            "$2b$06$",
            "$2b$6$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS",
            "$2b$+6$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS",
            "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisf",
            "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfSS",
            "$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIis+S",
            "bcrypt$2b$06$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS",
        ] {
            let error = BcryptHash::parse(text).err();
            assert_eq!(error, Some(HashError::Malformed("bcrypt")), "{text}");
        }
        for text in [
            "bcrypt_sha256$",
            "bcrypt_sha256$2b$05$9Ky6ApNIlAiGH1c9anvZzO6sUfY8YRAjLv8ZoCcPeHRKeH.QkyNPi",
            "$bcrypt-sha256$",
            "$bcrypt-sha256$2b,5$NXKezsxycqx5NHQVHekyf.",
            "$bcrypt-sha256$2b,5$NXKezsxycqx5NHQVHekyf$URnfhM6kM5gXXgfSXCxg2MfpYlViEg2",
            "$bcrypt-sha256$2y,5$NXKezsxycqx5NHQVHekyf.$URnfhM6kM5gXXgfSXCxg2MfpYlViEg2",
            "$bcrypt-sha256$2b,+5$NXKezsxycqx5NHQVHekyf.$URnfhM6kM5gXXgfSXCxg2MfpYlViEg2",
            "$bcrypt-sha256$v=1,t=2b,r=5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm",
            "$bcrypt-sha256$v=2,t=2b,5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm",
            "$bcrypt-sha256$v=2,t=2b,r=5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm$",
        ] {
            let error = BcryptHash::parse(text).err();
            assert_eq!(error, Some(HashError::Malformed("bcrypt-sha256")), "{text}");
        }
    }
}

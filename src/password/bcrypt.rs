//! bcrypt: `$2a$12$…`, `$2b$…` and `$2y$…`, before which Django's `BCryptPasswordHasher` writes
//! `bcrypt$`.
//!
//! The three prefixes name one algorithm; `$2x$`, the mark of a broken one, is not read. bcrypt
//! sees the first 72 bytes of a password alone, and a longer one verifies here by those, as it did
//! in the library that made the hash. Django's `bcrypt_sha256$…` and passlib's `$bcrypt-sha256$…`
//! are other algorithms, and are not read.

use argon2::password_hash::phc::Output;
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose};
use secrecy::zeroize::Zeroizing;

use super::error::HashError;
use super::fields;

/// A bcrypt hash.
pub(super) struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    tag: Output,
}

/// Some libraries left random bits after the last of the salt; they are no part of it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::with_decode_allow_trailing_bits(general_purpose::NO_PAD, true),
);

impl BcryptHash {
    pub(super) const ALGORITHM: &str = "bcrypt";

    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        let (cost, salt, tag) = fields_of(text).ok_or(HashError::Malformed(Self::ALGORITHM))?;
        // At 14 a hash takes about a second, and each step doubles it.
        if !(4..=14).contains(&cost) {
            let bounds = "between 4 and 14";
            return Err(HashError::Cost { algorithm: Self::ALGORITHM, bounds });
        }
        Ok(Self { cost, salt, tag })
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        // The bytes end with a NUL, unless there are 72 of them.
        let mut key = Zeroizing::new([0; 72]);
        let length = password.len().min(key.len());
        let (Some(start), Some(read)) = (key.get_mut(..length), password.get(..length)) else {
            return false;
        };
        start.copy_from_slice(read);
        let key = key.get(..=length).unwrap_or(&*key);
        let computed = bcrypt::bcrypt(self.cost, self.salt, key);
        // The last of the 24 bytes is never written; `Output` compares in constant time.
        computed.get(..23).and_then(|tag| Output::new(tag).ok()).is_some_and(|tag| tag == self.tag)
    }
}

fn fields_of(text: &str) -> Option<(u32, [u8; 16], Output)> {
    let text = text.strip_prefix("bcrypt$").unwrap_or(text);
    let text = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let (cost, rest) = text.split_once('$')?;
    let (salt, tag) = rest.split_at_checked(22)?;
    if cost.len() != 2 || tag.len() != 31 {
        return None;
    }
    let salt = BASE64.decode(salt).ok()?.try_into().ok()?;
    let tag = Output::new(&BASE64.decode(tag).ok()?).ok()?;
    Some((fields::number(cost)?, salt, tag))
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
            assert_eq!(
                BcryptHash::parse(text).err(),
                Some(HashError::Malformed("bcrypt")),
                "{text}"
            );
        }
    }
}

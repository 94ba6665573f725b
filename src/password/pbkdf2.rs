//! PBKDF2 (RFC 8018 section 5.2) with HMAC-SHA-1, HMAC-SHA-256 and HMAC-SHA-512.
//!
//! ```text
//! pbkdf2_sha256$600000$salt$hash           Django: the salt as it is, base64
//! $pbkdf2-sha256$29000$salt$hash           passlib: base64 without padding, `.` for `+`
//! $pbkdf2-sha256$i=600000,l=32$salt$hash   a PHC string
//! pbkdf2:sha256:600000$salt$hash           Werkzeug: the salt as it is, hex
//! ```

use std::num::NonZeroU32;

use argon2::password_hash::phc::Output;
use aws_lc_rs::pbkdf2;

use super::error::HashError;
use super::fields;

/// The hash function.
#[derive(Clone, Copy)]
pub(super) enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Digest {
    fn algorithm(self) -> &'static str {
        match self {
            Self::Sha1 => "pbkdf2-sha1",
            Self::Sha256 => "pbkdf2-sha256",
            Self::Sha512 => "pbkdf2-sha512",
        }
    }

    /// The output length, in bytes.
    fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A PBKDF2 hash.
pub(super) struct Pbkdf2Hash {
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    tag: Output,
}

impl Pbkdf2Hash {
    /// The most iterations, which take a few seconds.
    const MAX_ITERATIONS: usize = 5_000_000;

    pub(super) fn parse(digest: Digest, text: &str) -> Result<Self, HashError> {
        let algorithm = digest.algorithm();
        let (iterations, salt, tag) = fields_of(text).ok_or(HashError::Malformed(algorithm))?;
        // Each block of the hash, as long as the digest, takes all iterations.
        let all_iterations = usize::try_from(iterations)
            .ok()
            .and_then(|iterations| iterations.checked_mul(tag.len().div_ceil(digest.length())));
        if !all_iterations
            .is_some_and(|iterations| (1..=Self::MAX_ITERATIONS).contains(&iterations))
        {
            return Err(HashError::Cost { algorithm, bounds: "between 1 and 5000000 iterations" });
        }
        Ok(Self { digest, iterations, salt, tag })
    }

    pub(super) fn algorithm(&self) -> &'static str {
        self.digest.algorithm()
    }

    /// The estimated work, in KiB of argon2: about one for each iteration and block.
    pub(super) fn work(&self) -> u64 {
        let blocks = self.tag.len().div_ceil(self.digest.length());
        u64::from(self.iterations) * blocks as u64
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        let algorithm = match self.digest {
            Digest::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Digest::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Digest::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        };
        let Some(iterations) = NonZeroU32::new(self.iterations) else { return false };
        // Compares in constant time.
        pbkdf2::verify(algorithm, iterations, &self.salt, password, self.tag.as_bytes()).is_ok()
    }
}

fn fields_of(text: &str) -> Option<(u32, Vec<u8>, Output)> {
    let fields: Vec<&str> = text.split('$').collect();
    if let [method, salt, tag] = fields.as_slice() {
        // Without a number it would be the default of the verifying library.
        let iterations = method.splitn(3, ':').nth(2)?;
        let tag = Output::new(&fields::hex(tag)?).ok()?;
        return Some((fields::number(iterations)?, salt.as_bytes().to_vec(), tag));
    }
    let (iterations, salt, tag) = match fields.as_slice() {
        ["", _, params, salt, tag] => (*params, fields::bytes(salt)?, *tag),
        [name, iterations, salt, tag] if name.contains('_') => {
            (*iterations, salt.as_bytes().to_vec(), *tag)
        }
        _ => return None,
    };
    let tag = Output::new(&fields::bytes(tag)?).ok()?;
    if let Some(iterations) = fields::number(iterations) {
        return Some((iterations, salt, tag));
    }
    let iterations = match fields::named_numbers(iterations)?.as_slice() {
        [("i", iterations)] => *iterations,
        [("i", iterations), ("l", length)] if usize::try_from(*length) == Ok(tag.len()) => {
            *iterations
        }
        _ => return None,
    };
    Some((iterations, salt, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_other_libraries_verify() {
        for (digest, text, password) in [
            // Django 5.2.19.
            (
                Digest::Sha256,
                "pbkdf2_sha256$2000$seasalt2abcDEF$IJl8N7nSu2kIQklllYiIT1gLzHcrw9HLa+sgMsq/pS0=",
                "pässwörd",
            ),
            (
                Digest::Sha1,
                "pbkdf2_sha1$3000$qQ3jWpZ7bGUKJWOY49UxA5$N0jPQ0hN+2hH04ezdHCG4t79LYU=",
                "pässwörd",
            ),
            // passlib 1.7.4.
            (
                Digest::Sha256,
                "$pbkdf2-sha256$29000$4XyvlZJSqrUWojSGMAagNA\
                 $.qZsKYkpQvL8INclA1Y0hVIUqFwnkT8Hgwy1lB/ZrYY",
                "password",
            ),
            (
                Digest::Sha256,
                "$pbkdf2-sha256$1500$9F5LKWVs7d3bm3OOce4d4w\
                 $Ldv6/LMOxGkFI9Irf5AVJdF.yBnf5LUmQlsSzaAffQs",
                "pässwörd",
            ),
            (
                Digest::Sha512,
                "$pbkdf2-sha512$1500$obSWsnau1Tpn7H3v3RsDAA$eZGDuL7fR.v2wBk2/DqdULRXfoJLjVg1w1Trgr4D\
                 BJWYnF3oQPkdtYAfBvW7lxOO9dwVX3z7Mdp2ZnJ5A/Czdg",
                "pässwörd",
            ),
            (
                Digest::Sha1,
                "$pbkdf2$1500$d.59b00JwXhvTUmJEUKIUQ$YQU.B0eoZrWNPwLobilz9NlSEHg",
                "pässwörd",
            ),
            // Werkzeug 3.1.9.
            (
                Digest::Sha256,
                "pbkdf2:sha256:2000$CAW28pHRtrfSoKw3\
                 $bfc43915fca637947fb13943221ef4d48755530575cb502a1e118fb20e13f24f",
                "pässwörd",
            ),
            (
                Digest::Sha1,
                "pbkdf2:sha1:1500$EQih6U3rvr72I8yJ$21415f6150a0cadbf974e44aa92a280c4f75c0fe",
                "pässwörd",
            ),
            // The pbkdf2 crate 0.13.
            (
                Digest::Sha256,
                "$pbkdf2-sha256$i=2000,l=32$92tNiPxJsqFO3grp7RwWFQ\
                 $MtkcVH2wr7R+x0PAcY1hMw0/+lI5btrqJyJ0d6Z2xZA",
                "pässwörd",
            ),
            (
                Digest::Sha512,
                "$pbkdf2-sha512$i=2000,l=32$gsq+AoIvDJ5qxzQ37Fc4HQ\
                 $c0Lbd0PX4V3xDX/XBPu+XF5Qys+gEXDsd2awFuGABmo",
                "pässwörd",
            ),
        ] {
            let hash = Pbkdf2Hash::parse(digest, text).unwrap();
            assert!(hash.verify(password.as_bytes()), "{text}");
            assert!(!hash.verify(b"other"), "{text}");
        }
    }

    #[test]
    fn default_hash_of_django_verifies() {
        let text = "pbkdf2_sha256$1000000$hFkrN7zNFEdDooDCIRtYLA\
                    $2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=";
        let hash = Pbkdf2Hash::parse(Digest::Sha256, text).unwrap();
        assert!(hash.verify(b"password"));
    }

    #[test]
    fn too_many_iterations_are_refused() {
        let error = |digest, text: &str| Pbkdf2Hash::parse(digest, text).err();
        for iterations in ["0", "5000001", "4294967295"] {
            let tail = "salt$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=";
            let error = error(Digest::Sha256, &format!("pbkdf2_sha256${iterations}${tail}"));
            assert!(matches!(error, Some(HashError::Cost { algorithm: "pbkdf2-sha256", .. })));
        }
        // Two digests of SHA-1 make these 32 bytes.
        let error = error(
            Digest::Sha1,
            "$pbkdf2$2500001$d.59b00JwXhvTUmJEUKIUQ$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4",
        );
        assert!(matches!(error, Some(HashError::Cost { algorithm: "pbkdf2-sha1", .. })));
    }

    #[test]
    fn malformed_hash_is_rejected() {
        for text in [
            "pbkdf2_sha256$",
            "$pbkdf2-sha256$",
            "pbkdf2_sha256$1000$salt",
            "pbkdf2_sha256$+1000$salt$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=",
            "pbkdf2_sha256$4294967296$salt$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=",
            "pbkdf2_sha256$1000$salt$2FuLSRGyxNrs",
            "pbkdf2-sha256$1000$salt$2FuLSRGyxNrsP7ke9qtmJwcMRQNj9XLsLp9n9gDpnM4=",
            "$pbkdf2-sha256$1000$d.59b00JwXhvTUmJEUKIUQ$2FuLSRGyxNrsP7ke9qtmJwcM$",
            "$pbkdf2-sha256$i=1000,l=20$d.59b00JwXhvTUmJEUKIUQ$2FuLSRGyxNrsP7ke9qtmJwcM",
            "$pbkdf2-sha256$l=18,i=1000$d.59b00JwXhvTUmJEUKIUQ$2FuLSRGyxNrsP7ke9qtmJwcM",
            "pbkdf2:sha256$CAW28pHRtrfSoKw3$bfc43915fca637947fb13943221ef4d4",
            "pbkdf2:sha256:2000:1$CAW28pHRtrfSoKw3$bfc43915fca637947fb13943221ef4d4",
            "pbkdf2:sha256:2000$CAW28pHRtrfSoKw3$bfc43915fca637947fb13943221ef4d",
            "pbkdf2:sha256:2000$CAW28pHRtrfSoKw3",
        ] {
            let error = Pbkdf2Hash::parse(Digest::Sha256, text).err();
            assert_eq!(error, Some(HashError::Malformed("pbkdf2-sha256")), "{text}");
        }
    }
}

//! A stored password hash.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc;

use super::argon2::Argon2Hash;
use super::cost::Cost;
use super::error::HashError;
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
/// | scrypt | `$scrypt$ln=15,r=8,p=1$…$…`; Django's `scrypt$16384$…$8$5$…` |
/// | PBKDF2 with SHA-1, SHA-256 or SHA-512 | Django's `pbkdf2_sha256$600000$…$…`, passlib's `$pbkdf2-sha256$29000$…$…`, PHC strings `$pbkdf2-sha256$i=600000,l=32$…$…` |
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

    /// Whether a new hash of this cost would be another kind of hash: this one is not argon2id
    /// version 19 (RFC 9106) with exactly this cost. Then a login, which has the password, is the
    /// occasion to make one.
    #[must_use]
    pub fn needs_rehash(&self, cost: Cost) -> bool {
        !matches!(self.scheme(), Ok(Scheme::Argon2(hash)) if hash.is_like_new(cost))
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One of each format, with the name that `Debug` shows.
    const TEXTS: [(&str, &str); 12] = [
        (
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
            "argon2id",
        ),
        (
            "$argon2d$m=256,t=2,p=2$nPMe47z3HsMYQwghxPifkw$HNI6B1jlxtYa1lJkC2PyLJa6COtP6rCL",
            "argon2d",
        ),
        ("argon2$argon2i$v=16$m=64,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA", "argon2i"),
        ("$2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS", "bcrypt"),
        ("bcrypt$$2b$05$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O", "bcrypt"),
        (
            "$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw==$xDRydH6RSST0v.Iq4mRYnP4ObXfTMui7",
            "scrypt",
        ),
        ("scrypt$1024$salt$4$2$9KBMWmJ84LVTTNIKnh4Vyw==", "scrypt"),
        (
            "pbkdf2_sha256$02000$seasalt$IJl8N7nSu2kIQklllYiIT1gLzHcrw9HLa+sgMsq/pS0=",
            "pbkdf2-sha256",
        ),
        ("pbkdf2_sha1$3000$qQ3jWpZ7bGUKJWOY49UxA5$N0jPQ0hN+2hH04ezdHCG4t79LYU=", "pbkdf2-sha1"),
        ("$pbkdf2$1500$d.59b00JwXhvTUmJEUKIUQ$YQU.B0eoZrWNPwLobilz9NlSEHg", "pbkdf2-sha1"),
        (
            "$pbkdf2-sha256$i=2000,l=18$92tNiPxJsqFO3grp7RwWFQ$MtkcVH2wr7R+x0PAcY1hMw0/",
            "pbkdf2-sha256",
        ),
        ("$pbkdf2-sha512$25000$92tNiPxJsqFO3grp7RwWFQ$MtkcVH2wr7R.x0PAcY1hMw0/", "pbkdf2-sha512"),
    ];

    #[test]
    fn a_hash_comes_back_as_it_was_written() {
        for (text, _) in TEXTS {
            assert_eq!(PasswordHash::parse(text).unwrap().to_string(), text);
        }
        let decoy = PasswordHash::decoy(Cost::default());
        assert_eq!(PasswordHash::parse(&decoy.to_string()), Ok(decoy));
    }

    #[test]
    fn debug_shows_the_algorithm_alone() {
        for (text, algorithm) in TEXTS {
            let hash = PasswordHash::parse(text).unwrap();
            assert_eq!(format!("{hash:?}"), format!("PasswordHash({algorithm}, [REDACTED])"));
        }
    }

    #[test]
    fn what_is_no_known_hash_is_refused() {
        for text in [
            "",
            "$",
            "password",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
            "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
            "$2x$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS",
            "bcrypt_sha256$$2b$05$5EMdi8MR.agd2lo9w5SnUOf6z4NWR2rNi8sRAFXEDyVzHHJL3CvAe",
            " $2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS",
            "$2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS\n",
        ] {
            assert_eq!(PasswordHash::parse(text), Err(HashError::Unknown), "{text:?}");
        }
        let endless = format!("pbkdf2_sha1$3000${}$N0jPQ0hN+2hH04ezdHCG4t79LYU=", "x".repeat(500));
        assert_eq!(PasswordHash::parse(&endless), Err(HashError::Unknown));
    }

    #[test]
    fn a_refusal_says_which() {
        for (text, message) in [
            ("$md5$", "is in none of the known formats: argon2, bcrypt, scrypt and PBKDF2"),
            ("$2b$05$", "is not a well-formed bcrypt hash"),
            (
                "$2b$31$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O",
                "names a cost out of bounds for bcrypt: between 4 and 14",
            ),
            (
                "$argon2i$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA",
                "names a cost out of bounds for argon2i: \
                 memory at most 128 MiB, at most 16 passes, at most 8 lanes",
            ),
        ] {
            assert_eq!(PasswordHash::parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn all_but_argon2id_of_today_and_this_cost_is_to_be_rehashed() {
        let cost = Cost::default();
        assert!(!PasswordHash::decoy(cost).needs_rehash(cost));
        assert!(PasswordHash::decoy(cost).needs_rehash(Cost::new(19_456, 3, 1).unwrap()));
        assert!(!PasswordHash::parse(TEXTS[0].0).unwrap().needs_rehash(cost));
        for (text, _) in &TEXTS[1..] {
            assert!(PasswordHash::parse(text).unwrap().needs_rehash(cost), "{text}");
        }
        for other in ["$argon2i$v=19$", "$argon2id$v=16$", "$argon2id$"] {
            let text = TEXTS[0].0.replace("$argon2id$v=19$", other);
            assert!(PasswordHash::parse(&text).unwrap().needs_rehash(cost), "{text}");
        }
    }

    #[test]
    fn a_hash_takes_little_more_than_its_text() {
        assert!(size_of::<PasswordHash>() <= 16);
    }

    /// A text near to a good one: some of it replaced.
    fn nearly_a_hash() -> impl Strategy<Value = String> {
        let piece = prop_oneof!["[$=,.+/a-zA-Z0-9]{0,3}", "[0-9]{1,11}", "\\PC{0,2}"];
        (0..TEXTS.len(), 0_usize..100, 0_usize..4, piece).prop_map(|(which, at, length, piece)| {
            let mut text = TEXTS[which].0.to_owned();
            let start = at % text.len();
            text.replace_range(start..(start + length).min(text.len()), &piece);
            text
        })
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_what_it_accepts_comes_back(
            text in prop_oneof!["\\PC{0,120}", "\\$?[a-z0-9_-]{1,13}(\\$[ -~]{0,40}){0,5}", nearly_a_hash()]
        ) {
            if let Ok(hash) = PasswordHash::parse(&text) {
                prop_assert_eq!(hash.to_string(), text);
            }
        }
    }
}

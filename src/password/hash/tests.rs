use proptest::prelude::*;

use super::*;

/// A hash of each format, with the name that `Debug` shows.
const TEXTS: [(&str, &str); 18] = [
    (
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
        "argon2id",
    ),
    ("$argon2d$m=256,t=2,p=2$nPMe47z3HsMYQwghxPifkw$HNI6B1jlxtYa1lJkC2PyLJa6COtP6rCL", "argon2d"),
    ("argon2$argon2i$v=16$m=64,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA", "argon2i"),
    ("$2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS", "bcrypt"),
    ("bcrypt$$2b$05$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O", "bcrypt"),
    ("$scrypt$ln=9,r=8,p=2$9KBMWmJ84LVTTNIKnh4Vyw==$xDRydH6RSST0v.Iq4mRYnP4ObXfTMui7", "scrypt"),
    ("scrypt$1024$salt$4$2$9KBMWmJ84LVTTNIKnh4Vyw==", "scrypt"),
    ("pbkdf2_sha256$02000$seasalt$IJl8N7nSu2kIQklllYiIT1gLzHcrw9HLa+sgMsq/pS0=", "pbkdf2-sha256"),
    ("pbkdf2_sha1$3000$qQ3jWpZ7bGUKJWOY49UxA5$N0jPQ0hN+2hH04ezdHCG4t79LYU=", "pbkdf2-sha1"),
    ("$pbkdf2$1500$d.59b00JwXhvTUmJEUKIUQ$YQU.B0eoZrWNPwLobilz9NlSEHg", "pbkdf2-sha1"),
    ("$pbkdf2-sha256$i=2000,l=18$92tNiPxJsqFO3grp7RwWFQ$MtkcVH2wr7R+x0PAcY1hMw0/", "pbkdf2-sha256"),
    ("$pbkdf2-sha512$25000$92tNiPxJsqFO3grp7RwWFQ$MtkcVH2wr7R.x0PAcY1hMw0/", "pbkdf2-sha512"),
    ("bcrypt_sha256$$2b$05$5EMdi8MR.agd2lo9w5SnUOf6z4NWR2rNi8sRAFXEDyVzHHJL3CvAe", "bcrypt-sha256"),
    (
        "$bcrypt-sha256$v=2,t=2b,r=5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm",
        "bcrypt-sha256",
    ),
    ("scrypt:32768:8:1$nxcOjnqDsPNwbuYA$3d18b84da230a2d10b276d70", "scrypt"),
    ("pbkdf2:sha1:1500$EQih6U3rvr72I8yJ$21415f6150a0cadbf974e44aa92a280c", "pbkdf2-sha1"),
    (
        "$fbscrypt$v=1,n=10,r=4,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdA==$42xEC+ixf3L2lw==\
         $JprlByGWpV/iLkO8BWGf7g==",
        "firebase-scrypt",
    ),
    ("$no-password$", "none"),
];

#[test]
fn text_of_a_hash_is_unchanged() {
    for (text, _) in TEXTS {
        assert_eq!(PasswordHash::parse(text).unwrap().to_string(), text);
    }
    let dummy = PasswordHash::dummy(Cost::default());
    assert_eq!(PasswordHash::parse(&dummy.to_string()), Ok(dummy));
}

#[test]
fn debug_shows_the_algorithm_only() {
    for (text, algorithm) in TEXTS {
        let hash = PasswordHash::parse(text).unwrap();
        assert_eq!(format!("{hash:?}"), format!("PasswordHash({algorithm}, [REDACTED])"));
    }
}

#[test]
fn unknown_format_is_rejected() {
    for text in [
        "",
        "$",
        "password",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2x$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS",
        "!",
        "!NDdHAajydvH1WgzYNaO57sDvhjR3ZF23vAbi9tvT",
        "$no-password",
        "no-password$",
        "pbkdf2:md5:1500$EQih6U3rvr72I8yJ$21415f6150a0cadbf974e44aa92a280c",
        " $2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS",
        "$2a$05$rXCumIWbq3.Yp.N5DO63reeFjID0YE2lbhbkSx8pCdZB27cMMsftS\n",
    ] {
        assert_eq!(PasswordHash::parse(text), Err(HashError::Unknown), "{text:?}");
    }
    let too_long = format!("pbkdf2_sha1$3000${}$N0jPQ0hN+2hH04ezdHCG4t79LYU=", "x".repeat(500));
    assert_eq!(PasswordHash::parse(&too_long), Err(HashError::Unknown));
}

#[test]
fn error_names_the_reason() {
    for (text, message) in [
        ("$md5$", "has an unknown format; expected argon2, bcrypt, scrypt or PBKDF2"),
        ("$2b$05$", "is a malformed bcrypt hash"),
        (
            "$2b$31$zXErg55ujpvT.uHOfM3Bae5ZJr1cbMV4P3lLySOKEEBUE1m8kLj1O",
            "has bcrypt cost parameters out of bounds: between 4 and 14",
        ),
        (
            "$argon2i$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA",
            "has argon2i cost parameters out of bounds: \
             memory at most 128 MiB, at most 16 passes, at most 8 lanes",
        ),
    ] {
        assert_eq!(PasswordHash::parse(text).unwrap_err().to_string(), message);
    }
}

fn password(text: &str) -> Password {
    Password::new(text.to_owned()).unwrap()
}

#[test]
fn all_hashes_but_current_ones_are_rehashed() {
    let (cost, password) = (Cost::default(), password("correct horse"));
    let needs_rehash =
        |text: &str| PasswordHash::parse(text).unwrap().needs_rehash(cost, &password);
    assert!(!PasswordHash::dummy(cost).needs_rehash(cost, &password));
    let other = Cost::new(19_456, 3, 1).unwrap();
    assert!(PasswordHash::dummy(cost).needs_rehash(other, &password));
    assert!(!needs_rehash(TEXTS[0].0));
    for (text, algorithm) in &TEXTS[1..] {
        assert_eq!(needs_rehash(text), *algorithm != "none", "{text}");
    }
    for other in ["$argon2i$v=19$", "$argon2id$v=16$", "$argon2id$"] {
        let text = TEXTS[0].0.replace("$argon2id$v=19$", other);
        assert!(needs_rehash(&text), "{text}");
    }
}

#[test]
fn password_that_bcrypt_truncates_is_not_rehashed() {
    // 71 and 72 bytes; the composed and the decomposed spelling of one password have 71 and 72.
    let (covered, longer) = (password(&"x".repeat(71)), password(&"x".repeat(72)));
    let decomposed = password(&format!("{}a\u{308}", "x".repeat(69)));
    for (text, algorithm) in &TEXTS[..17] {
        let hash = PasswordHash::parse(text).unwrap();
        let other = Cost::new(64, 1, 1).unwrap();
        assert!(hash.needs_rehash(other, &covered), "{text}");
        let is_whole = *algorithm != "bcrypt";
        assert_eq!(hash.needs_rehash(other, &longer), is_whole, "{text}");
        assert_eq!(hash.needs_rehash(other, &decomposed), is_whole, "{text}");
    }
}

/// A valid text of which a part is replaced.
fn mutated_hash() -> impl Strategy<Value = String> {
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
    fn parsing_never_panics_and_preserves_the_text(
        text in prop_oneof!["\\PC{0,120}", "\\$?[a-z0-9_-]{1,13}(\\$[ -~]{0,40}){0,5}", mutated_hash()]
    ) {
        if let Ok(hash) = PasswordHash::parse(&text) {
            prop_assert_eq!(hash.to_string(), text);
        }
    }
}

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
        ("bcrypt_sha256$$2b$05$9Ky6ApNIlAiGH1c9anvZzO6sUfY8YRAjLv8ZoCcPeHRKeH.QkyNPi", "pässwörd"),
        ("bcrypt_sha256$$2b$05$dzQhh2MEtjw93uDr/pUvO.FwoShVaWgrev3GDhFEYOQEWQSIIYxna", LONG),
        // passlib 1.7.4.
        ("bcrypt_sha256$$2b$05$TDyDklc.40UbOEcS98sSN.9TJ3BpFwfsSmnbpKeT3dbNIzy6fVrK2", "pässwörd"),
        (
            "$bcrypt-sha256$v=2,t=2b,r=5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm",
            "pässwörd",
        ),
        (
            "$bcrypt-sha256$v=2,t=2b,r=5$FIjuwkib8BtwI./o5TD0Ie$jA8ow/cmXnRtzcl1Gy0AW/rvF2F6oe2",
            LONG,
        ),
        ("$bcrypt-sha256$2b,5$NXKezsxycqx5NHQVHekyf.$URnfhM6kM5gXXgfSXCxg2MfpYlViEg2", "pässwörd"),
        ("$bcrypt-sha256$2a,5$G/Kvl5zh6GgoUIMdSV9Lyu$FhVYP.BRIIX.ywKHJVkR11K99hQiUkG", "pässwörd"),
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
fn password_below_72_bytes_is_covered() {
    let text = "$2b$05$VCicp.F2Uz1W8hvktP3D/.oZeS7rm1A2mi9c1tvdi5/t8h/3GQYyK";
    let hash = BcryptHash::parse(text).unwrap();
    assert!(hash.covers(&LONG.as_bytes()[..71]));
    assert!(!hash.covers(&LONG.as_bytes()[..72]));
    assert!(!hash.covers(LONG.as_bytes()));
}

#[test]
fn password_is_truncated_to_72_bytes() {
    for text in [
        // bcrypt 4.0.1 from PyPI, of 80 bytes.
        "$2b$05$VCicp.F2Uz1W8hvktP3D/.oZeS7rm1A2mi9c1tvdi5/t8h/3GQYyK",
        "$2a$05$e8iXIf31z/EGexKhoY7zG.Z2cLRuMnbF6RwBCzDITllu4yReAEnP.",
        "$2y$05$s4.VEQRcfGaadLzE2nCdweHtbZa0Gsgaukg/dgb8n547X9B9lH5p.",
        // Of the first 72 of them.
        "$2b$05$81aPegL5PbL5AZMsJF2D9uGpvpfF1nbvDOZ2uMigSzTW7M3pRkMem",
    ] {
        let hash = BcryptHash::parse(text).unwrap();
        assert!(hash.verify(LONG.as_bytes()), "{text}");
        assert!(hash.verify(&LONG.as_bytes()[..72]), "{text}");
        assert!(!hash.verify(&LONG.as_bytes()[..71]), "{text}");
    }
}

#[test]
fn bits_after_the_end_of_the_salt_are_ignored() {
    // The `.` after `eta3` made an `L`.
    let text = "$2b$06$I16FQY1KNGYXe6hiXeta3Lb70vw6ID19nX9sNvcezbFI75LKIisfS";
    assert!(BcryptHash::parse(text).unwrap().verify("pässwörd".as_bytes()));
}

#[test]
fn excessive_cost_is_rejected() {
    for cost in ["00", "03", "15", "31", "99"] {
        let text = format!("$2b${cost}$I16FQY1KNGYXe6hiXeta3.b70vw6ID19nX9sNvcezbFI75LKIisfS");
        assert!(matches!(BcryptHash::parse(&text).err(), Some(HashError::Cost { .. })), "{cost}");
    }
}

#[test]
fn malformed_hash_is_rejected() {
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

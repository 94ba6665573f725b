//! Password hashes of other systems: imported, logged in with, and rehashed or kept.

use std::fmt::Write as _;

use super::databases;
use super::support::{countersign, run};
use super::{BCRYPT, IMPORTED, PASSWORD, done, login, rows, serve, user};

/// 80 bytes.
const LONG: &str =
    "01234567890123456789012345678901234567890123456789012345678901234567890123456789";

/// A JSON Lines file with these addresses and hashes.
fn json_lines<'a>(users: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    users.into_iter().fold(String::new(), |mut text, (email, hash)| {
        writeln!(text, "{{\"email\":\"{email}\",\"password_hash\":\"{hash}\"}}").unwrap();
        text
    })
}

/// The stored hash of a user, as an export shows it.
fn stored_hash(url: &str, email: &str) -> String {
    let exported = rows(&done(url, &["export"], ""));
    let row = exported.iter().find(|row| row["email"] == email).unwrap();
    row["password_hash"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn bcrypt_hash_of_a_truncated_password_is_not_rehashed() {
    let database = databases::sqlite();
    let url = &database.url;
    // bcrypt 4.0.1 from PyPI, made from the first 80, 72 and 71 bytes of `LONG`.
    let hashes = [
        ("of80@b.com", "$2b$05$8Wzkrw7zRm1FoJvUcuYRZuv025GvsuqDR5ckz2CbZ./FXSaaSY5au"),
        ("of72@b.com", "$2b$05$ZzME1nnHfp.2phSwLKiKaOZIIXFHbW6Ex9hKTJEoFUtEGCcEabC0m"),
        ("of71@b.com", "$2b$05$LrT4ULlae3kNQ/YNWfKFT.eBPAhemcv9rJtVHIA3o59vhI4.gVHDi"),
    ];
    done(url, &["import", "-", "--format", "jsonl"], &json_lines(hashes));
    let service = serve(url);
    for (email, hash) in &hashes[..2] {
        // With another tail, with none, and with the right one: as in the system it is from.
        for password in [&format!("{}another tail", &LONG[..72]), &LONG[..72], LONG] {
            assert!(login(&service, email, password).await.is_some(), "{email}, {password}");
            assert_eq!(&stored_hash(url, email), hash, "{email}, {password}");
        }
        assert!(login(&service, email, &LONG[..71]).await.is_none());
    }
    assert!(login(&service, "of71@b.com", &LONG[..72]).await.is_none());
    assert!(login(&service, "of71@b.com", &LONG[..71]).await.is_some());
    assert!(stored_hash(url, "of71@b.com").starts_with("$argon2id$"));
    assert!(login(&service, "of71@b.com", &LONG[..71]).await.is_some());
    assert!(login(&service, "of71@b.com", &LONG[..72]).await.is_none());
}

#[tokio::test]
async fn hashes_of_werkzeug_django_and_passlib_log_in_and_are_rehashed() {
    let database = databases::sqlite();
    let url = &database.url;
    let users = [
        // Werkzeug 3.1.9.
        (
            "scrypt@werkzeug.com",
            "scrypt:32768:8:1$nxcOjnqDsPNwbuYA$3d18b84da230a2d10b276d70e19cbcaca2fe6b345a92ab5b91c5\
             88667a77ec9151b6f5d4515f975c8cf7da675c8374bf75617fd90099d5ac186552b2b88e10d5",
        ),
        (
            "sha256@werkzeug.com",
            "pbkdf2:sha256:2000$CAW28pHRtrfSoKw3\
             $bfc43915fca637947fb13943221ef4d48755530575cb502a1e118fb20e13f24f",
        ),
        (
            "sha1@werkzeug.com",
            "pbkdf2:sha1:1500$EQih6U3rvr72I8yJ$21415f6150a0cadbf974e44aa92a280c4f75c0fe",
        ),
        (
            "sha512@werkzeug.com",
            "pbkdf2:sha512:1500$2e9mCOYA3YW2LfNd\
             $6091b58d07366528847ae8993cec6ccbbdf87bc8ed079911885dc0139df2361c\
             52084aa5511ab3c0d6817a2eb4b3bf00aa189f7137d4d32158f7ebd6142c4dd5",
        ),
        // Django 5.2.19.
        (
            "bcrypt@django.com",
            "bcrypt_sha256$$2b$05$9Ky6ApNIlAiGH1c9anvZzO6sUfY8YRAjLv8ZoCcPeHRKeH.QkyNPi",
        ),
        // passlib 1.7.4.
        (
            "v2@passlib.com",
            "$bcrypt-sha256$v=2,t=2b,r=5$wL8FiaQG9NgbPMM6BD6zq.$P73RwJPR0XWnVJx5Oqp.Yzqf8ghxPnm",
        ),
        (
            "v1@passlib.com",
            "$bcrypt-sha256$2b,5$NXKezsxycqx5NHQVHekyf.$URnfhM6kM5gXXgfSXCxg2MfpYlViEg2",
        ),
    ];
    let printed = done(url, &["import", "-", "--format", "jsonl"], &json_lines(users));
    assert_eq!(printed, "imported 7, rejected 0, existing 0\n");
    let service = serve(url);
    for (email, _) in users {
        assert!(login(&service, email, "another horse battery").await.is_none(), "{email}");
        assert!(login(&service, email, IMPORTED).await.is_some(), "{email}");
        assert!(stored_hash(url, email).starts_with("$argon2id$"), "{email}");
        assert!(login(&service, email, IMPORTED).await.is_some(), "{email}, again");
    }
}

/// The public example of Firebase's own scrypt tool.
const SIGNER_KEY: &str =
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==";

#[tokio::test]
async fn firebase_users_log_in_with_the_parameters_of_their_project() {
    let database = databases::sqlite();
    let url = &database.url;
    // Made by firebase-scrypt 2.2.0 from npm.
    let text = "\
        {\"localId\":\"x\",\"email\":\"a@firebase.com\",\"emailVerified\":true,\"passwordHash\":\
        \"F6lgfOnU/kcEi9x32N6c79LU6iccneFQkXDzzrDmUGcbs8vJC99GAmD/IIkuzM8a9V6tYl1HhLbWTkgc/cOBQg==\",\
        \"salt\":\"42xEC+ixf3L2lw==\",\"createdAt\":\"1714564800500\",\"providerUserInfo\":[]}\n\
        {\"localId\":\"y\",\"email\":\"websafe@firebase.com\",\"passwordHash\":\
        \"F6lgfOnU_kcEi9x32N6c79LU6iccneFQkXDzzrDmUGcbs8vJC99GAmD_IIkuzM8a9V6tYl1HhLbWTkgc_cOBQg==\",\
        \"salt\":\"42xEC-ixf3L2lw==\",\"disabled\":true}\n\
        {\"localId\":\"z\",\"email\":\"google@firebase.com\",\"providerUserInfo\":[{}]}\n";
    let preset = ["import", "-", "--format", "jsonl", "--preset", "firebase"];
    let project = [
        "--firebase-signer-key",
        SIGNER_KEY,
        "--firebase-salt-separator",
        "Bw==",
        "--firebase-rounds",
        "8",
        "--firebase-mem-cost",
        "14",
    ];
    let all = [&preset[..], &project[..]].concat();
    let (code, stdout, stderr) = user(url, &all, text);
    assert_eq!((code, &*stdout), (1, "imported 2, rejected 1, existing 0\n"), "{stderr}");
    assert!(stderr.starts_with("line 3: google@firebase.com: passwordHash is empty"), "{stderr}");
    let row = &rows(&done(url, &["show", "a@firebase.com", "--json"], ""))[0];
    assert_eq!(row["created_at"], "2024-05-01T12:00:00.500Z");
    let service = serve(url);
    assert!(login(&service, "a@firebase.com", "passwort").await.is_none());
    assert!(login(&service, "a@firebase.com", IMPORTED).await.is_some());
    assert!(stored_hash(url, "a@firebase.com").starts_with("$argon2id$"));
    assert!(login(&service, "websafe@firebase.com", IMPORTED).await.is_none());
    done(url, &["enable", "websafe@firebase.com"], "");
    assert!(login(&service, "websafe@firebase.com", IMPORTED).await.is_some());

    // Supabase keeps users that came from Firebase so, and exports them so.
    let other = databases::sqlite();
    let hash = format!(
        "$fbscrypt$v=1,n=10,r=4,p=1,ss=Bw==,sk={SIGNER_KEY}$42xEC+ixf3L2lw==\
         $JprlByGWpV/iLkO8BWGf7qwnni+97lbjD0RRq1Vw29T8rc5GcfZ885pGlJ+asRvUMLPdmGNSl9E5K0GC4kFqwQ=="
    );
    done(&other.url, &["import", "-", "--format", "jsonl"], &json_lines([("b@b.com", &*hash)]));
    assert_eq!(stored_hash(&other.url, "b@b.com"), hash);
    assert!(login(&serve(&other.url), "b@b.com", IMPORTED).await.is_some());
}

#[test]
fn firebase_parameters_are_required_and_never_shown() {
    let database = databases::sqlite();
    let url = &database.url;
    let preset = ["import", "-", "--format", "jsonl", "--preset", "firebase"];
    let (code, _, stderr) = user(url, &preset, "");
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("--firebase-signer-key"), "{stderr}");
    for (key, separator, mem_cost) in [
        ("not*base64", "Bw==", "14"),
        (SIGNER_KEY, "not*base64", "14"),
        (SIGNER_KEY, "Bw==", "21"),
        (SIGNER_KEY, "Bw==", "not*number"),
        ("", "Bw==", "14"),
    ] {
        let project = [
            "--firebase-signer-key",
            key,
            "--firebase-salt-separator",
            separator,
            "--firebase-rounds",
            "8",
            "--firebase-mem-cost",
            mem_cost,
        ];
        let (code, _, stderr) = user(url, &[&preset[..], &project[..]].concat(), "");
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("--firebase-"), "{stderr}");
        assert!(!stderr.contains("not*base64") && !stderr.contains(SIGNER_KEY), "{stderr}");
    }
    let mut help = countersign(&["user", "import", "--help"]);
    let (code, stdout, _) = run(help.env("COUNTERSIGN_FIREBASE_SIGNER_KEY", SIGNER_KEY));
    assert_eq!(code, 0);
    assert!(stdout.contains("COUNTERSIGN_FIREBASE_SIGNER_KEY"), "{stdout}");
    assert!(!stdout.contains(&SIGNER_KEY[..20]), "{stdout}");
    let other = ["import", "-", "--format", "jsonl", "--firebase-rounds", "8"];
    let (code, _, stderr) = user(url, &other, "");
    assert_eq!(code, 2);
    assert_eq!(stderr, "error: the flags --firebase-… require --preset firebase\n");
}

#[tokio::test]
async fn unusable_hashes_are_rejected_or_imported_as_accounts_without_a_password() {
    let database = databases::sqlite();
    let url = &database.url;
    let text = format!(
        "id,email,password,is_active\n\
         1,a@b.com,{BCRYPT},t\n\
         2,unusable@b.com,!NDdHAajydvH1WgzYNaO57sDvhjR3ZF23vAbi9tvT,t\n\
         3,empty@b.com,,t\n\
         4,locked@b.com,!{BCRYPT},t\n\
         5,md5@b.com,md5$x$y,t\n"
    );
    let import = ["import", "-", "--format", "csv", "--preset", "django"];
    let (code, stdout, stderr) = user(url, &import, &text);
    assert_eq!((code, &*stdout), (1, "imported 1, rejected 4, existing 0\n"), "{stderr}");
    for line in [
        "line 3: unusable@b.com: password is unusable; --allow-unusable-password imports",
        "line 4: empty@b.com: password is empty; --allow-unusable-password imports",
        "line 5: locked@b.com: password is unusable",
        "line 6: md5@b.com: password has an unknown format",
    ] {
        assert!(stderr.contains(line), "{line} is not in {stderr}");
    }
    let asked = [&import[..], &["--allow-unusable-password"]].concat();
    let (code, stdout, stderr) = user(url, &asked, &text);
    assert_eq!((code, &*stdout), (1, "imported 3, rejected 1, existing 1\n"), "{stderr}");

    let service = serve(url);
    for password in ["", "!", "NDdHAajydvH1WgzYNaO57sDvhjR3ZF23vAbi9tvT", IMPORTED] {
        for email in ["unusable@b.com", "empty@b.com", "locked@b.com"] {
            assert!(login(&service, email, password).await.is_none(), "{email}, {password}");
        }
    }
    assert_eq!(rows(&done(url, &["show", "empty@b.com", "--json"], ""))[0]["has_password"], false);
    assert_eq!(rows(&done(url, &["show", "a@b.com", "--json"], ""))[0]["has_password"], true);
    assert!(done(url, &["show", "empty@b.com"], "").contains("password    none\n"));

    // Both formats carry it, and no flag is needed for what the export itself says.
    for format in ["jsonl", "csv"] {
        let other = databases::sqlite();
        let exported = done(url, &["export", "--format", format], "");
        let printed = done(&other.url, &["import", "-", "--format", format], &exported);
        assert_eq!(printed, "imported 4, rejected 0, existing 0\n");
        assert_eq!(done(&other.url, &["export", "--format", format], ""), exported);
    }

    done(url, &["set-password", "unusable@b.com"], PASSWORD);
    assert!(login(&service, "unusable@b.com", PASSWORD).await.is_some());
}

#[test]
fn missing_column_is_not_an_unusable_password() {
    let database = databases::sqlite();
    // A JSON object without the member, as with the wrong preset: it is not guessed at.
    let import = ["import", "-", "--format", "jsonl", "--preset", "supabase"];
    let asked = [&import[..], &["--allow-unusable-password"]].concat();
    let text = format!("{{\"email\":\"a@b.com\",\"password\":\"{BCRYPT}\"}}\n");
    let (code, stdout, stderr) = user(&database.url, &asked, &text);
    assert_eq!((code, &*stdout), (1, "imported 0, rejected 1, existing 0\n"));
    assert_eq!(stderr, "line 1: a@b.com: member encrypted_password is missing\n");
    let text = "{\"email\":\"a@b.com\",\"encrypted_password\":null}\n";
    assert_eq!(user(&database.url, &asked, text).1, "imported 1, rejected 0, existing 0\n");
}

#[test]
fn banned_until_is_parsed_in_the_format_of_postgresql() {
    let database = databases::sqlite();
    let url = &database.url;
    let cases = [
        ("infinity", true),
        ("-infinity", false),
        ("2999-01-01 00:00:00+00", true),
        ("2999-01-01 00:00:00+05:30", true),
        ("294276-12-31 23:59:59.999999+00", true),
        ("2001-01-01 00:00:00.123456-08", false),
        ("0001-01-01 00:00:00+00", false),
        ("4713-01-01 00:00:00+00 BC", false),
        ("", false),
    ];
    let head = "email,encrypted_password,created_at,banned_until,deleted_at\n".to_owned();
    let text = cases.iter().enumerate().fold(head, |mut text, (number, (banned_until, _))| {
        writeln!(text, "u{number}@b.com,{BCRYPT},2024-05-01 12:00:00+00,{banned_until},").unwrap();
        text
    });
    let import = ["import", "-", "--format", "csv", "--preset", "supabase"];
    let (code, stdout, stderr) = user(url, &import, &text);
    assert_eq!((code, &*stdout), (0, "imported 9, rejected 0, existing 0\n"), "{stderr}");
    for (row, (banned_until, disabled)) in rows(&done(url, &["export"], "")).iter().zip(cases) {
        assert_eq!(row["disabled"], disabled, "{banned_until}");
    }
    for wrong in ["tomorrow", "infinite", "2999-13-01 00:00:00+00"] {
        let text = format!("email,encrypted_password,banned_until\nx@b.com,{BCRYPT},{wrong}\n");
        let (code, _, stderr) = user(url, &import, &text);
        assert_eq!(code, 1);
        assert!(stderr.starts_with("line 2: x@b.com: banned_until is"), "{stderr}");
    }
}

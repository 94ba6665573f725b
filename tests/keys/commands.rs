//! `countersign key`

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Stdio;

use countersign::auth::{KeyAlgorithm, Secret};
use countersign::keys::{KeySet, SigningKey};
use rstest::rstest;

use crate::support::keys::Keys;
use crate::support::{SECRET, countersign, run};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn new_file_has_mode_0600_and_its_key_is_the_signing_key() {
    let keys = Keys::new();
    let printed = keys.done(&["generate"]);
    let file = keys.path();
    assert_eq!(mode(&file), 0o600);
    let row = &keys.list()[0];
    let kid = row["kid"].as_str().unwrap();
    assert_eq!((&row["alg"], &row["signs"]), (&"EdDSA".into(), &true.into()));
    assert_eq!(printed, format!("{kid} (EdDSA) added to {} as the signing key\n", file.display()));
}

#[test]
fn keys_are_generated_promoted_and_removed() {
    let keys = Keys::new();
    let mut generated = Vec::new();
    for algorithm in ["EdDSA", "ES256", "RS256", "HS256"] {
        generated.push(keys.generate(algorithm));
        // A new key does not become the signing key.
        assert_eq!(keys.names(), generated);
    }
    let shown: Vec<_> = keys.list().iter().map(|row| row["alg"].clone()).collect();
    assert_eq!(shown, ["EdDSA", "ES256", "RS256", "HS256"]);
    let table = keys.done(&["list"]);
    let signing: Vec<&str> = table.lines().filter(|row| row.ends_with("sign and verify")).collect();
    assert_eq!(signing, [format!("{}  EdDSA      sign and verify", generated[0])]);
    assert_eq!(table.lines().count(), 5);

    assert_eq!(
        keys.done(&["promote", &generated[2]]),
        format!("{} is the signing key\n", generated[2])
    );
    assert_eq!(keys.names(), [&*generated[2], &generated[0], &generated[1], &generated[3]]);
    assert_eq!(
        keys.done(&["promote", &generated[2]]),
        format!("{} is the signing key\n", generated[2])
    );
    let (code, _, stderr) = keys.run(&["remove", &generated[2]]);
    assert_eq!((code, stderr.contains("promote another one first")), (1, true), "{stderr}");
    for kid in [&generated[0], &generated[1], &generated[3]] {
        assert_eq!(keys.done(&["remove", kid]), format!("removed {kid}\n"));
    }
    assert_eq!(keys.names(), [&*generated[2]]);
    assert_eq!(keys.run(&["remove", &generated[2]]).0, 1);
    assert_eq!(fs::read_dir(keys.folder()).unwrap().count(), 1, "a temporary file remains");
}

#[test]
fn kid_prefix_may_begin_with_a_hyphen() {
    let keys = Keys::new();
    let first = keys.generate("EdDSA");
    let hyphened = loop {
        let key = SigningKey::generate(KeyAlgorithm::EdDsa).unwrap();
        if key.kid().starts_with('-') {
            break key;
        }
    };
    let kid = hyphened.kid().to_owned();
    let mut set = KeySet::from_json(&fs::read(keys.path()).unwrap()).unwrap();
    set.add(hyphened).unwrap();
    fs::write(keys.path(), set.to_json().unwrap()).unwrap();

    keys.done(&["promote", &kid[..4]]);
    assert_eq!(keys.names(), [&*kid, &first]);
    keys.done(&["promote", &first[..6]]);
    keys.done(&["remove", &kid]);
    assert_eq!(keys.names(), [first]);
}

#[rstest]
#[case::unknown("unknown", "no such key: unknown")]
#[case::ambiguous("", "ambiguous kid ")]
fn unknown_or_ambiguous_kid_is_rejected(#[case] kid: &str, #[case] sentence: &str) {
    let keys = Keys::new();
    keys.generate("EdDSA");
    keys.generate("EdDSA");
    let before = fs::read(keys.path()).unwrap();
    for command in ["promote", "remove"] {
        let (code, _, stderr) = keys.run(&[command, kid]);
        assert_eq!((code, stderr.contains(sentence)), (1, true), "{stderr}");
    }
    assert_eq!(fs::read(keys.path()).unwrap(), before);
}

#[test]
fn concurrent_commands_lose_no_key() {
    let keys = Keys::new();
    let running: Vec<_> = (0..12)
        .map(|_| keys.command(&["generate"]).stdout(Stdio::piped()).spawn().unwrap())
        .collect();
    for command in running {
        assert!(command.wait_with_output().unwrap().status.success());
    }
    assert_eq!(keys.list().len(), 12);
    assert_eq!(fs::read_dir(keys.folder()).unwrap().count(), 1, "a temporary file remains");
}

#[rstest]
#[case::truncated("{\"keys\":[{\"kty\":\"oct\",\"k\":\"hunter2", "not JSON at line 1")]
#[case::empty_set("{\"keys\":[]}", "it contains no key")]
#[case::short(
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"hunter2a\"}]}",
    "key number 1: the secret has 6 bytes; HS256 needs at least 32"
)]
fn invalid_file_is_rejected_and_left_unchanged(#[case] text: &str, #[case] sentence: &str) {
    let keys = Keys::new();
    fs::write(keys.path(), text).unwrap();
    for arguments in
        [&["generate"][..], &["list"], &["promote", "x"], &["remove", "x"], &["import", "--secret"]]
    {
        let (code, stdout, stderr) = run(keys.command(arguments).env("COUNTERSIGN_SECRET", SECRET));
        assert_eq!((code, &*stdout), (10, ""), "{stderr}");
        assert!(stderr.contains(sentence) && !stderr.contains("hunter2"), "{stderr}");
    }
    let (code, _, stderr) = run(countersign(&["serve"]).env("COUNTERSIGN_KEYS", keys.path()));
    assert_eq!((code, stderr.contains(sentence)), (10, true), "{stderr}");
    assert!(!stderr.contains("hunter2"), "{stderr}");
    assert_eq!(fs::read_to_string(keys.path()).unwrap(), text);
    assert_eq!(fs::read_dir(keys.folder()).unwrap().count(), 1, "a temporary file remains");
}

#[test]
fn leaked_key_is_replaced_in_one_step() {
    let keys = Keys::new();
    let (leaked, other) = (keys.generate("ES256"), keys.generate("HS256"));
    let printed = keys.done(&["replace", &leaked]);
    let names = keys.names();
    assert_eq!(printed, format!("replaced {leaked} by the signing key {}\n", names[0]));
    assert_eq!((names.len(), &names[1]), (2, &other));
    assert!(names[0] != leaked);
    assert_eq!(keys.list()[0]["alg"], "ES256");
    // Also a key other than the signing key, and the only key.
    keys.done(&["replace", &other, "--alg", "EdDSA"]);
    assert_eq!((keys.list().len(), &keys.list()[0]["alg"]), (2, &serde_json::json!("EdDSA")));
    keys.done(&["remove", &names[0]]);
    keys.done(&["replace", &keys.names()[0]]);
    assert_eq!(keys.list().len(), 1);
    assert_eq!(keys.run(&["replace", &leaked]).0, 1);
}

#[test]
fn named_pipe_is_rejected_without_blocking() {
    let keys = Keys::new();
    let status = std::process::Command::new("mkfifo").arg(keys.path()).status().unwrap();
    assert!(status.success());
    let (code, _, stderr) = run(countersign(&["serve"]).env("COUNTERSIGN_KEYS", keys.path()));
    assert_eq!((code, stderr.contains("it is not a regular file")), (10, true), "{stderr}");
    assert_eq!(keys.run(&["list"]).0, 10);
}

#[test]
fn existing_file_retains_owner_mode_and_symlink() {
    let keys = Keys::new();
    keys.generate("EdDSA");
    let elsewhere = keys.folder().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(keys.path(), elsewhere.join("keys.json")).unwrap();
    symlink("elsewhere/keys.json", keys.path()).unwrap();
    fs::set_permissions(keys.path(), fs::Permissions::from_mode(0o640)).unwrap();
    // Only root may; for other users the owner is the same anyway.
    let _ = chown(keys.path(), Some(12_345), Some(12_346));
    let owner = |metadata: fs::Metadata| (metadata.uid(), metadata.gid());
    let before = owner(fs::metadata(keys.path()).unwrap());
    keys.generate("EdDSA");
    assert!(fs::symlink_metadata(keys.path()).unwrap().is_symlink());
    assert_eq!(mode(&elsewhere.join("keys.json")), 0o640);
    assert_eq!(owner(fs::metadata(keys.path()).unwrap()), before);
    assert_eq!(keys.list().len(), 2);
}

#[test]
fn secret_is_imported_from_the_variable_or_the_file() {
    let expected = SigningKey::from_secret(&Secret::new(SECRET.into()).unwrap()).kid().to_owned();
    let keys = Keys::new();
    let printed = run(keys.command(&["import", "--secret"]).env("COUNTERSIGN_SECRET", SECRET)).1;
    assert!(printed.starts_with(&format!("{expected} (HS256) added to ")), "{printed}");
    assert!(printed.ends_with(" as the signing key\n"), "{printed}");
    let secret = keys.folder().join("secret");
    fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let (code, _, stderr) =
        run(keys.command(&["import", "--secret", "--secret-file"]).arg(&secret));
    assert_eq!(code, 1);
    assert!(stderr.contains(&format!("the key {expected} is already in the key set")), "{stderr}");
    assert_eq!(keys.list().len(), 1);

    let (code, _, stderr) = keys.run(&["import", "--secret"]);
    assert_eq!((code, stderr.contains("no secret: set")), (7, true), "{stderr}");
    let short = run(keys.command(&["import", "--secret"]).env("COUNTERSIGN_SECRET", "hunter2"));
    assert_eq!(short.0, 5, "{}", short.2);
}

#[test]
fn pem_private_key_is_appended() {
    // RFC 8410 section 10.3; its thumbprint by RFC 7638.
    let pem = "-----BEGIN PRIVATE KEY-----\n\
               MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
               -----END PRIVATE KEY-----\n";
    let keys = Keys::new();
    let first = keys.generate("ES256");
    let file = keys.folder().join("key.pem");
    fs::write(&file, pem).unwrap();
    // A secret file that is configured for `serve` does not conflict.
    let mut command = keys.command(&["import"]);
    let (code, printed, stderr) = run(command.arg(&file).env("COUNTERSIGN_SECRET_FILE", "/no"));
    assert_eq!(code, 0, "{stderr}");
    let kid = printed.split(' ').next().unwrap();
    assert_eq!(keys.names(), [&*first, kid]);
    assert_eq!(keys.list()[1]["alg"], "EdDSA");

    fs::write(&file, pem.replace("PRIVATE", "PUBLIC")).unwrap();
    let (code, _, stderr) = run(keys.command(&["import"]).arg(&file));
    assert_eq!((code, stderr.contains("it contains no PEM private key")), (1, true), "{stderr}");
    let (code, _, stderr) = keys.run(&["import", "/no/such.pem"]);
    assert_eq!((code, stderr.contains("cannot read /no/such.pem")), (1, true), "{stderr}");
    assert_eq!(keys.run(&["import"]).0, 2);
    assert_eq!(keys.run(&["import", "x", "--secret"]).0, 2);
}

#[test]
fn private_members_are_not_printed() {
    let keys = Keys::new();
    let mut printed = String::new();
    let mut private = vec![SECRET.to_owned()];
    let mut say = |arguments: &[&str]| {
        let (_, stdout, stderr) = run(keys.command(arguments).env("COUNTERSIGN_SECRET", SECRET));
        private.extend(keys.private_members());
        printed.push_str(&stdout);
        printed.push_str(&stderr);
    };
    for algorithm in ["HS256", "RS256", "ES256", "EdDSA", "none"] {
        say(&["generate", "--alg", algorithm]);
    }
    say(&["import", "--secret"]);
    let names = keys.names();
    for arguments in
        [&["list"][..], &["list", "--json"], &["promote", &names[1]], &["remove", &names[0]]]
    {
        say(arguments);
    }
    say(&["import", "--help"]);
    assert!(private.len() > 10);
    for secret in private {
        assert!(!printed.contains(&secret), "{printed}");
    }
}

#[test]
fn missing_file_argument_and_misspelt_variable_are_rejected() {
    let (code, _, stderr) = run(&mut countersign(&["key", "list"]));
    assert_eq!((code, stderr.contains("set --keys or COUNTERSIGN_KEYS")), (10, true), "{stderr}");
    let keys = Keys::new();
    let (code, _, stderr) = run(keys.command(&["generate"]).env("COUNTERSIGN_KEY", "x"));
    assert_eq!((code, stderr.contains("did you mean COUNTERSIGN_KEYS?")), (3, true), "{stderr}");
    assert!(!keys.path().exists());
    let (code, _, stderr) = keys.run(&["list"]);
    assert_eq!((code, stderr.contains("cannot use the key file")), (10, true), "{stderr}");
    let (code, _, stderr) = keys.run(&["generate", "--keys", "/no/such/folder/keys.json"]);
    assert_eq!((code, stderr.contains("cannot write the key file")), (10, true), "{stderr}");
}

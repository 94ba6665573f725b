//! `countersign key`

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Stdio;

use countersign::token::{Key, KeyAlgorithm, KeySet, Secret};
use rstest::rstest;

use crate::support::keys::Keys;
use crate::support::{SECRET, countersign, run};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_new_file_is_for_its_owner_alone_and_its_key_signs() {
    let keys = Keys::new();
    let printed = keys.done(&["generate"]);
    let file = keys.path();
    assert_eq!(mode(&file), 0o600);
    let row = &keys.list()[0];
    let kid = row["kid"].as_str().unwrap();
    assert_eq!((&row["alg"], &row["signs"]), (&"EdDSA".into(), &true.into()));
    assert_eq!(printed, format!("{kid} (EdDSA) is in {} and signs\n", file.display()));
}

#[test]
fn keys_are_made_promoted_and_removed() {
    let keys = Keys::new();
    let mut made = Vec::new();
    for algorithm in ["EdDSA", "ES256", "RS256", "HS256"] {
        made.push(keys.generate(algorithm));
        // A new key never signs by itself.
        assert_eq!(keys.names(), made);
    }
    let shown: Vec<_> = keys.list().iter().map(|row| row["alg"].clone()).collect();
    assert_eq!(shown, ["EdDSA", "ES256", "RS256", "HS256"]);
    let table = keys.done(&["list"]);
    let signing: Vec<&str> = table.lines().filter(|row| row.ends_with("sign and verify")).collect();
    assert_eq!(signing, [format!("{}  EdDSA      sign and verify", made[0])]);
    assert_eq!(table.lines().count(), 5);

    assert_eq!(keys.done(&["promote", &made[2]]), format!("{} signs\n", made[2]));
    assert_eq!(keys.names(), [&*made[2], &made[0], &made[1], &made[3]]);
    assert_eq!(keys.done(&["promote", &made[2]]), format!("{} signs\n", made[2]));
    let (code, _, stderr) = keys.run(&["remove", &made[2]]);
    assert_eq!((code, stderr.contains("promote another one first")), (1, true), "{stderr}");
    for kid in [&made[0], &made[1], &made[3]] {
        assert_eq!(keys.done(&["remove", kid]), format!("{kid} was removed\n"));
    }
    assert_eq!(keys.names(), [&*made[2]]);
    assert_eq!(keys.run(&["remove", &made[2]]).0, 1);
    assert_eq!(fs::read_dir(keys.folder()).unwrap().count(), 1, "something was left behind");
}

#[test]
fn a_kid_may_be_shortened_and_may_begin_with_a_hyphen() {
    let keys = Keys::new();
    let first = keys.generate("EdDSA");
    let hyphened = loop {
        let key = Key::generate(KeyAlgorithm::EdDsa).unwrap();
        if key.id().starts_with('-') {
            break key;
        }
    };
    let kid = hyphened.id().to_owned();
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
#[case::of_nobody("nobody", "there is no key nobody")]
#[case::of_several("", "several keys begin with ")]
fn a_kid_that_means_no_one_key_is_refused(#[case] kid: &str, #[case] sentence: &str) {
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
fn commands_at_once_lose_no_key() {
    let keys = Keys::new();
    let running: Vec<_> = (0..12)
        .map(|_| keys.command(&["generate"]).stdout(Stdio::piped()).spawn().unwrap())
        .collect();
    for command in running {
        assert!(command.wait_with_output().unwrap().status.success());
    }
    assert_eq!(keys.list().len(), 12);
    assert_eq!(fs::read_dir(keys.folder()).unwrap().count(), 1, "something was left behind");
}

#[rstest]
#[case::half("{\"keys\":[{\"kty\":\"oct\",\"k\":\"hunter2", "it is not JSON at line 1")]
#[case::empty_set("{\"keys\":[]}", "there is no key in it")]
#[case::short(
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"hunter2a\"}]}",
    "key number 1: the secret has 6 bytes; HS256 needs at least 32"
)]
fn a_broken_file_is_refused_and_stays_as_it_was(#[case] text: &str, #[case] sentence: &str) {
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
    assert_eq!(fs::read_dir(keys.folder()).unwrap().count(), 1, "something was left behind");
}

#[test]
fn a_leaked_key_is_replaced_in_one_step() {
    let keys = Keys::new();
    let (leaked, other) = (keys.generate("ES256"), keys.generate("HS256"));
    let said = keys.done(&["replace", &leaked]);
    let names = keys.names();
    assert_eq!(said, format!("{leaked} was removed, and {} signs\n", names[0]));
    assert_eq!((names.len(), &names[1]), (2, &other));
    assert!(names[0] != leaked);
    assert_eq!(keys.list()[0]["alg"], "ES256");
    // Also one that does not sign, and the only one.
    keys.done(&["replace", &other, "--alg", "EdDSA"]);
    assert_eq!((keys.list().len(), &keys.list()[0]["alg"]), (2, &serde_json::json!("EdDSA")));
    keys.done(&["remove", &names[0]]);
    keys.done(&["replace", &keys.names()[0]]);
    assert_eq!(keys.list().len(), 1);
    assert_eq!(keys.run(&["replace", &leaked]).0, 1);
}

#[test]
fn a_pipe_is_no_file_and_is_not_waited_for() {
    let keys = Keys::new();
    let made = std::process::Command::new("mkfifo").arg(keys.path()).status().unwrap();
    assert!(made.success());
    let (code, _, stderr) = run(countersign(&["serve"]).env("COUNTERSIGN_KEYS", keys.path()));
    assert_eq!((code, stderr.contains("it is not a regular file")), (10, true), "{stderr}");
    assert_eq!(keys.run(&["list"]).0, 10);
}

#[test]
fn a_file_that_was_there_keeps_its_owner_its_mode_and_its_link() {
    let keys = Keys::new();
    keys.generate("EdDSA");
    let elsewhere = keys.folder().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(keys.path(), elsewhere.join("keys.json")).unwrap();
    symlink("elsewhere/keys.json", keys.path()).unwrap();
    fs::set_permissions(keys.path(), fs::Permissions::from_mode(0o640)).unwrap();
    // Only root may; for everybody else the owner is the same anyway.
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
fn the_secret_is_imported_from_where_serve_takes_it() {
    let expected = Key::from_secret(&Secret::new(SECRET.into()).unwrap()).id().to_owned();
    let keys = Keys::new();
    let printed = run(keys.command(&["import", "--secret"]).env("COUNTERSIGN_SECRET", SECRET)).1;
    assert!(printed.starts_with(&format!("{expected} (HS256) is in ")), "{printed}");
    assert!(printed.ends_with(" and signs\n"), "{printed}");
    let secret = keys.folder().join("secret");
    fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let (code, _, stderr) =
        run(keys.command(&["import", "--secret", "--secret-file"]).arg(&secret));
    assert_eq!(code, 1);
    assert!(stderr.contains(&format!("the key {expected} is there twice")), "{stderr}");
    assert_eq!(keys.list().len(), 1);

    let (code, _, stderr) = keys.run(&["import", "--secret"]);
    assert_eq!((code, stderr.contains("no secret: set")), (7, true), "{stderr}");
    let short = run(keys.command(&["import", "--secret"]).env("COUNTERSIGN_SECRET", "hunter2"));
    assert_eq!(short.0, 5, "{}", short.2);
}

#[test]
fn a_private_key_in_pem_is_imported_behind_the_others() {
    // RFC 8410 section 10.3; its thumbprint by RFC 7638.
    let pem = "-----BEGIN PRIVATE KEY-----\n\
               MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
               -----END PRIVATE KEY-----\n";
    let keys = Keys::new();
    let first = keys.generate("ES256");
    let file = keys.folder().join("key.pem");
    fs::write(&file, pem).unwrap();
    // A file of a secret that is configured for `serve` is in nobody's way.
    let mut command = keys.command(&["import"]);
    let (code, printed, stderr) = run(command.arg(&file).env("COUNTERSIGN_SECRET_FILE", "/no"));
    assert_eq!(code, 0, "{stderr}");
    let kid = printed.split(' ').next().unwrap();
    assert_eq!(keys.names(), [&*first, kid]);
    assert_eq!(keys.list()[1]["alg"], "EdDSA");

    fs::write(&file, pem.replace("PRIVATE", "PUBLIC")).unwrap();
    let (code, _, stderr) = run(keys.command(&["import"]).arg(&file));
    assert_eq!((code, stderr.contains("there is no private key in PEM")), (1, true), "{stderr}");
    let (code, _, stderr) = keys.run(&["import", "/no/such.pem"]);
    assert_eq!((code, stderr.contains("cannot read /no/such.pem")), (1, true), "{stderr}");
    assert_eq!(keys.run(&["import"]).0, 2);
    assert_eq!(keys.run(&["import", "x", "--secret"]).0, 2);
}

#[test]
fn nothing_private_is_printed() {
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
fn a_command_without_a_file_or_with_a_misspelt_variable_is_refused() {
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

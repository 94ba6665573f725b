//! Error messages of invalid settings: the allowed values, bounds, units and an example.

use std::os::unix::fs::PermissionsExt;

use rstest::rstest;

use super::support::{SECRET, Service, countersign, run};

#[rstest]
#[case("--hash-cost", "m=1,t=1", "m from 7168 to 131072, t from 1 to 16, p from 1 to 8")]
#[case("--log-level", "verbose", "expected one of: error, warn, info, debug, trace")]
#[case("--log-format", "xml", "expected one of: auto, text, json")]
#[case("--registration", "yes", "expected one of: open, closed")]
#[case("--token-ttl", "0s", "from 1s to 366days, such as 90s")]
#[case("--session-ttl", "4000days", "from 1s to 3660days")]
#[case("--session-idle-ttl", "90", "with a unit, from 1s to 3660days")]
#[case("--refresh-grace", "2h", "from 0s to 1h, such as 30s")]
#[case("--body-timeout", "0s", "from 1ms to 1day")]
#[case("--header-timeout", "2days", "from 1ms to 1day")]
#[case("--idle-timeout", "x", "from 1ms to 1day")]
#[case("--shutdown-timeout", "-1s", "from 1ms to 1day")]
#[case("--database-timeout", "", "from 1ms to 1day")]
#[case("--database-connections", "0", "from 1 to 1000, such as 10")]
#[case("--database-connections", "1001", "from 1 to 1000, such as 10")]
#[case("--max-connections", "0", "from 1 to 4294967295")]
#[case("--body-limit", "64k", "from 1 to 4294967295, in digits alone")]
#[case("--hash-threads", "0", "from 1 to 1024")]
#[case("--hash-engine", "AVX2", "expected one of")]
#[case("--hash-engine", "neon", "rustcrypto")]
#[case("--min-password-length", "7", "from 8 to 64")]
#[case("--min-password-score", "5", "from 0 to 4")]
#[case("--trusted-proxies", "10.0.0.1/8", "10.0.0.0/8 for the network, or 10.0.0.1 for the")]
#[case("--trusted-proxies", "proxy.example", "expected an address or a network, such as")]
#[case("--public-url", "login.example.com", "such as https://login.example.com")]
#[case("--cors-origins", "app.example.com", "such as https://app.example.com")]
#[case(
    "--issuer",
    "https://auth.example.com ",
    "without control characters or surrounding white space"
)]
#[case("--issuer", "https://auth.example.com?x=1", "without user, query and fragment")]
#[case("--audience", "", "expected a text without control characters")]
#[case("--listen", "https://auth.example.com", "such as 127.0.0.1:8080")]
#[case("--database", "users.db", "such as sqlite:users.db")]
#[case("--database", "sqlite:users/", "expected the path of a file, such as sqlite:users.db")]
#[case("--database-schema", "a b", "expected letters, digits and _, at most 63")]
#[case("--no-migration-lock", "maybe", "unexpected value")]
fn invalid_value_of_a_flag_or_variable_is_reported_with_the_allowed_values(
    #[case] flag: &str,
    #[case] value: &str,
    #[case] sentence: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let typed = format!("{flag}={value}");
    let (exit, stdout, stderr) = run(countersign(&["serve", &typed]).current_dir(folder.path()));
    assert_eq!((exit, &*stdout), (2, ""), "{stderr}");
    assert!(stderr.starts_with(&format!("error: {flag}: ")), "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");

    // In a variable white space is ignored, and an empty one is unset.
    if flag != "--no-migration-lock" && !value.is_empty() && value.trim() == value {
        let variable = match flag {
            "--database" => "COUNTERSIGN_DATABASE_URL".to_owned(),
            _ => format!("COUNTERSIGN_{}", flag[2..].replace('-', "_").to_uppercase()),
        };
        let (exit, _, stderr) = run(countersign(&["serve"]).env(&variable, value));
        assert_eq!(exit, 2, "{stderr}");
        assert!(stderr.starts_with(&format!("error: the variable {variable}: ")), "{stderr}");
        assert!(stderr.contains(sentence), "{stderr}");
    }
}

#[rstest]
#[case(&["serve", "--lisen", "x"], "unknown flag --lisen; did you mean --listen?")]
#[case(&["migrat"], "unknown command; did you mean migrate?")]
#[case(&["user", "add"], "missing argument <EMAIL>")]
#[case(&["oauth-client", "list"], "missing argument --oauth-clients <FILE>")]
#[case(&["key", "import", "a.pem", "--secret", "--keys", "k"], "FILE and --secret are both set")]
#[case(&["serve", "--listen", "[::]:1", "--listen", "[::]:2"], "--listen is set more than once")]
fn invalid_arguments_are_reported_with_the_usage(
    #[case] arguments: &[&str],
    #[case] sentence: &str,
) {
    let mut command = countersign(arguments);
    let (exit, stdout, stderr) = run(command.env_remove("COUNTERSIGN_LISTEN"));
    assert_eq!((exit, &*stdout), (2, ""), "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains(sentence), "{stderr}");
    assert!(stderr.contains("Usage: countersign"), "{stderr}");
}

/// No message is only the error of the system with its number.
#[rstest]
#[case::secret(&["serve", "--secret-file"], "cannot read the secret file ")]
#[case::keys(&["serve", "--keys"], "cannot use the key file ")]
#[case::clients(&["serve", "--oauth-clients"], "cannot use the OAuth client file ")]
#[case::breached(&["serve", "--breached-passwords"], "cannot use the list of breached passwords ")]
#[case::url(&["serve", "--database-url-file"], "cannot use the database URL file ")]
#[case::user(&["user", "list", "--database-url-file"], "cannot use the database URL file ")]
#[case::key_list(&["key", "list", "--keys"], "cannot use the key file ")]
#[case::client_list(&["oauth-client", "list", "--oauth-clients"], "cannot use the OAuth client file ")]
fn unreadable_file_is_reported_with_its_cause(#[case] arguments: &[&str], #[case] beginning: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "x").unwrap();
    for (path, cause) in [
        ("missing", "no such file or folder in /"),
        (".", "it is a folder, not a file"),
        ("file/below", "a part of its path is a file, not a folder"),
        (&*"x".repeat(300), "give the path of a file, not its content"),
    ] {
        let (exit, _, stderr) = run(countersign(arguments).arg(path).current_dir(folder.path()));
        assert_ne!(exit, 0);
        assert!(stderr.starts_with(&format!("error: {beginning}")), "{stderr}");
        assert!(stderr.contains(cause) && !stderr.contains("os error"), "{path}: {stderr}");
    }
}

#[test]
fn unusable_listen_address_is_reported_with_its_cause() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (address, cause) in [
        (&*taken, "another process listens on it"),
        ("192.0.2.1:0", "no interface of this machine has this address"),
    ] {
        let mut command = countersign(&["serve", "--listen", address]);
        let (exit, _, stderr) = run(command.env("COUNTERSIGN_SECRET", SECRET));
        assert_eq!(exit, 8, "{stderr}");
        assert!(stderr.contains(cause) && !stderr.contains("os error"), "{stderr}");
    }
}

#[test]
fn secret_file_that_others_can_read_is_a_warning_at_each_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (exit, ..) =
        run(countersign(&["oauth-client", "add", "gateway", "--oauth-clients"])
            .arg(path("clients")));
    assert_eq!(exit, 0);
    std::fs::write(path("secret"), SECRET).unwrap();
    std::fs::write(path("url"), "sqlite:users.db").unwrap();
    let names =
        [("secret", "secret file"), ("url", "database URL file"), ("clients", "OAuth client file")];
    for mode in [0o644, 0o640, 0o602, 0o600, 0o400] {
        for (name, _) in names {
            std::fs::set_permissions(path(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let flags = [
            "serve",
            "--secret-file",
            "secret",
            "--database-url-file",
            "url",
            "--oauth-clients",
            "clients",
        ];
        let service = Service::start(countersign(&flags).current_dir(folder.path()));
        let (_, log) = service.stop();
        for (name, what) in names {
            let warning = format!(
                "users other than its owner may read or write the {what} {name}: chmod 600"
            );
            assert_eq!(log.contains(&warning), mode & 0o066 != 0, "{mode:o} {log}");
        }
    }
}

#[test]
fn migrate_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = countersign(&["migrate"]);
    let url = folder.path().join("url");
    std::fs::write(&url, "sqlite:users.db\n").unwrap();
    let (exit, stdout, _) =
        run(command.env("COUNTERSIGN_DATABASE_URL_FILE", url).current_dir(folder.path()));
    assert_eq!(exit, 0);
    assert!(stdout.starts_with("sqlite:users.db: created the tables"), "{stdout}");
}

//! No command shows a value that may be a secret.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use rstest::rstest;

use super::support::{SECRET, Service, countersign};

/// Part of each value in these tests; never part of the output.
const MARKER: &str = "hunter2";

/// Every command with its required arguments.
const COMMANDS: [&str; 26] = [
    "",
    "serve",
    "config check",
    "migrate",
    "backup copy.db",
    "user add a@example.com",
    "user list",
    "user show 1",
    "user set-password 1",
    "user set-admin 1",
    "user disable 1",
    "user enable 1",
    "user delete 1",
    "user import users.csv",
    "user export",
    "key generate",
    "key import key.pem",
    "key list",
    "key promote x",
    "key remove x",
    "token explain",
    "token issue --user 1",
    "oauth-client list",
    "oauth-client add gateway",
    "mail list",
    "mail retry 1",
];

/// Values in which a password or a secret is in the wrong place or shape.
const VALUES: [&str; 10] = [
    "hunter2",
    "postgres+asyncpg://bob:hunter2@db/auth",
    "postgres://bob:hunter2#x@127.0.0.1:1/auth",
    "postgres://bob:hunter2@127.0.0.1:hunter2/auth",
    "postgres://bob:hunter2@[::1/auth?sslmode=hunter2",
    "mysql://bob:hunter2@db/auth",
    "sqlite://bob:hunter2@db/auth",
    "aHVudGVyMg==hunter2/aHVudGVyMg/hunter2",
    r#"{"keys":[{"kty":"oct","k":"hunter2"}]}"#,
    "gateway:sha256:hunter2",
];

fn split(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

/// Runs a command that fails; asserts that its output does not contain the marker.
fn shows_no_secret(command: &mut Command) -> String {
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path()).stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    let code = output.status.code();
    assert!(code.is_some_and(|code| code != 0 && code != 101), "{command:?}: {code:?}");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains(MARKER), "{command:?}\n{text}");
    assert!(text.contains("error: ") || text.contains("Usage: "), "{command:?}\n{text}");
    text
}

fn help(command: &str) -> String {
    let mut arguments: Vec<_> =
        split(command).into_iter().take_while(|it| !it.starts_with('-')).collect();
    arguments.push("--help");
    let output = countersign(&arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn words(text: &str, prefix: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut words: Vec<_> = text
        .split(|c: char| !is_part(c))
        .filter(|word| word.starts_with(prefix) && word.len() > prefix.len())
        .map(str::to_owned)
        .collect();
    words.sort();
    words.dedup();
    words
}

/// Whether every value is refused: not where a text of any kind is taken, nor where a file is made.
fn is_rejected(command: &str, flag: &str) -> bool {
    match flag {
        "--help"
        | "--version"
        | "--issuer"
        | "--audience"
        | "--assertion-audiences"
        | "--user"
        | "--service-name" => false,
        "--keys" => !matches!(command, "key generate" | "key import key.pem"),
        "--oauth-clients" => command != "oauth-client add gateway",
        _ => true,
    }
}

#[test]
fn invalid_value_of_a_flag_is_not_shown() {
    for command in COMMANDS {
        let flags = words(&help(if command.is_empty() { "serve" } else { command }), "--");
        assert!(flags.len() > 1, "{command}");
        for flag in flags.iter().filter(|flag| is_rejected(command, flag)) {
            let mut arguments = split(command);
            let typed = format!("{flag}={MARKER}");
            arguments.push(&typed);
            shows_no_secret(&mut countersign(&arguments));
        }
    }
}

#[test]
fn invalid_value_of_a_variable_is_not_shown() {
    for command in COMMANDS {
        for variable in
            words(&help(if command.is_empty() { "serve" } else { command }), "COUNTERSIGN_")
        {
            let flag = variable.replace("COUNTERSIGN_", "--").replace('_', "-").to_lowercase();
            if !is_rejected(command, &flag) || variable == "COUNTERSIGN_SECRET" {
                continue;
            }
            let command = &mut countersign(&split(command));
            shows_no_secret(command.env("COUNTERSIGN_SECRET", SECRET).env(variable, MARKER));
        }
    }
}

#[rstest]
fn secret_in_place_of_a_file_or_a_database_is_not_shown(
    #[values(
        "--database",
        "--database-url-file",
        "--secret-file",
        "--keys",
        "--oauth-clients",
        "--config",
        "--listen"
    )]
    flag: &str,
) {
    for command in COMMANDS {
        let help = help(if command.is_empty() { "serve" } else { command });
        if !is_rejected(command, flag) || !words(&help, "--").iter().any(|other| other == flag) {
            continue;
        }
        let variable = match flag {
            "--database" => "COUNTERSIGN_DATABASE_URL".to_owned(),
            flag => format!("COUNTERSIGN_{}", flag[2..].replace('-', "_").to_uppercase()),
        };
        for value in VALUES {
            let mut arguments = split(command);
            shows_no_secret(countersign(&arguments).env(&variable, value));
            arguments.extend([flag, value]);
            shows_no_secret(&mut countersign(&arguments));
        }
    }
}

#[test]
fn unexpected_argument_is_not_shown() {
    for command in COMMANDS {
        for wrong in [
            "hunter2 hunter2 hunter2",
            "--secret hunter2",
            "--password=hunter2",
            "--password hunter2",
            "--hunter2",
            "--hunter2=x",
            "--database-url postgres://bob:hunter2@db/auth",
            "-p hunter2",
            "-phunter2",
            "-- --hunter2 hunter2 hunter2",
        ] {
            let mut arguments = split(command);
            arguments.extend(split(wrong));
            shows_no_secret(&mut countersign(&arguments));
        }
    }
    shows_no_secret(&mut countersign(&["hunter2"]));
    shows_no_secret(&mut countersign(&["postgres://bob:hunter2@db/auth"]));
    let text = shows_no_secret(&mut countersign(&["user", "add", "a@example.com", "hunter2"]));
    assert!(text.contains("passwords and secrets are read from standard input"), "{text}");
}

#[test]
fn non_utf8_value_is_not_shown() {
    let value = OsStr::from_bytes(b"hunter2\xff");
    for command in COMMANDS {
        shows_no_secret(countersign(&split(command)).arg(value));
        shows_no_secret(countersign(&split(command)).arg("--database").arg(value));
    }
    for variable in words(&help("serve"), "COUNTERSIGN_") {
        let text = shows_no_secret(countersign(&["serve"]).env(&variable, value));
        let is_file = [
            "_CONFIG",
            "_FILE",
            "_KEYS",
            "_CLIENTS",
            "_SECRET",
            "_PASSWORDS",
            "_TEMPLATES",
            "_LOGO",
            "_CERTIFICATE",
        ]
        .iter()
        .any(|end| variable.ends_with(end));
        assert!(is_file || text.contains(&variable), "{variable}: {text}");
    }
}

#[test]
fn content_of_an_invalid_file_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for content in VALUES {
        std::fs::write(&path, format!("{content}\n")).unwrap();
        for flag in ["--database-url-file", "--secret-file", "--keys", "--oauth-clients"] {
            // That would be a secret.
            if flag != "--secret-file" || content.len() < 32 {
                shows_no_secret(countersign(&["serve", flag]).arg(&path));
            }
        }
        for command in ["serve", "config check", "config show", "user list"] {
            shows_no_secret(countersign(&split(command)).arg("--config").arg(&path));
        }
        shows_no_secret(countersign(&["user", "list", "--database-url-file"]).arg(&path));
        shows_no_secret(countersign(&["key", "list", "--keys"]).arg(&path));
        shows_no_secret(countersign(&["key", "import", "--keys", "keys"]).arg(&path));
        shows_no_secret(countersign(&["oauth-client", "list", "--oauth-clients"]).arg(&path));
    }
}

#[test]
fn invalid_entry_of_the_configuration_file_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    for variable in words(&help("serve"), "COUNTERSIGN_") {
        let key = variable.replace("COUNTERSIGN_", "").replace('_', "-").to_lowercase();
        let key = if key == "database-url" { "database" } else { &key };
        if !is_rejected("serve", &format!("--{key}")) || key == "config" {
            continue;
        }
        for value in [format!("{MARKER:?}"), format!("[{MARKER:?}, [1]]"), format!("'{MARKER}")] {
            std::fs::write(&path, format!("{key} = {value}\n")).unwrap();
            let mut check = countersign(&["config", "check", "--config"]);
            // A variable that the tests set would take precedence.
            shows_no_secret(check.arg(&path).env_remove(&variable));
        }
    }
}

#[test]
fn unknown_variable_and_short_secret_are_not_shown() {
    for command in COMMANDS {
        shows_no_secret(countersign(&split(command)).env("COUNTERSIGN_PASSWORD", MARKER));
    }
    for variable in ["COUNTERSIGN_SECRET", "COUNTERSIGN_DATABASE_PASSWORD"] {
        shows_no_secret(countersign(&["serve"]).env(variable, MARKER));
    }
}

/// The help names variables, and shows none of their values.
#[test]
fn help_does_not_show_values_of_variables() {
    let variables = words(&help("serve"), "COUNTERSIGN_");
    assert!(variables.len() > 25);
    for command in
        COMMANDS.iter().copied().chain(["calibrate", "user", "key", "token", "oauth-client"])
    {
        let mut arguments: Vec<_> =
            split(command).into_iter().take_while(|it| !it.starts_with('-')).collect();
        for flag in ["--help", "-h"] {
            arguments.push(flag);
            let mut command = countersign(&arguments);
            command.envs(variables.iter().map(|name| (name, MARKER)));
            let output = command.output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success() && text.contains("Usage: "), "{text}");
            assert!(!text.contains(MARKER), "{text}");
            arguments.pop();
        }
    }
}

/// What is given in the right place is not in the log either.
#[test]
fn log_does_not_show_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let secret = format!("{MARKER}-{SECRET}");
    let file = folder.path().join("secret");
    std::fs::write(&file, &secret).unwrap();
    for command in [
        countersign(&["serve", "--log-level", "trace"]).env("COUNTERSIGN_SECRET", &secret),
        countersign(&["serve", "--log-level", "trace", "--secret-file"]).arg(&file),
    ] {
        let (status, log) = Service::start(command).stop();
        assert!(status.success() && !log.contains(MARKER), "{log}");
    }
}

//! `--config` and `countersign config`, from the file to the effect.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use countersign::config::{OptionKind, ServiceOption, reference};
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use super::support::{SECRET, Service, countersign, run};

/// A folder with a configuration file that only its owner may read.
fn folder(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    (folder, path)
}

#[tokio::test]
async fn service_takes_its_options_from_the_file() {
    let text = format!("secret = {SECRET:?}\ntoken-ttl = \"2h\"\nregistration = \"open\"\n");
    let (_folder, path) = folder(&text);
    for arguments in [&["--config"][..], &["serve", "--config"]] {
        let service = Service::start(countersign(arguments).arg(&path));
        let token = service.token().await;
        let mut explain = countersign(&["token", "explain", &token, "--config"]);
        let (exit, stdout, stderr) = run(explain.arg(&path));
        assert_eq!(exit, 0, "{stdout} {stderr}");
        let (_, log) = service.stop();
        assert!(log.contains("expire after 2h and are signed with the configured secret"), "{log}");
    }
    let mut command = countersign(&["serve", "--token-ttl", "3h"]);
    let service = Service::start(command.env("COUNTERSIGN_CONFIG", &path));
    assert!(service.stop().1.contains("expire after 3h"));
}

#[test]
fn every_command_takes_its_options_from_the_file() {
    let (folder, path) = folder(
        "database = \"sqlite:users.db\"\noauth-clients = \"clients\"\nkeys = \"keys.json\"\n\
         listen = \"127.0.0.1:9\"\nmin-password-length = 30\n",
    );
    let path = path.to_str().unwrap();
    let run = |arguments: &[&str]| run(countersign(arguments).current_dir(folder.path()));
    let (exit, _, stderr) = run(&["--config", path, "migrate"]);
    assert_eq!(exit, 0, "{stderr}");
    for command in [
        "key generate",
        "key list",
        "oauth-client add gateway",
        "oauth-client list",
        "user list",
        "audit list",
        "mail list",
        "throttle list",
        "backup copy.db",
    ] {
        let before = [&["--config", path], &*command.split(' ').collect::<Vec<_>>()].concat();
        let (exit, _, stderr) = run(&before);
        assert_eq!(exit, 0, "{command}: {stderr}");
        let after = [&*command.split(' ').collect::<Vec<_>>(), &["--config", path]].concat();
        if command.ends_with("list") {
            assert_eq!(run(&after).0, 0, "{command}");
        }
    }
}

#[rstest]
#[case(
    3,
    "log_level = 'info'",
    "countersign.toml:1: log_level: unknown key; did you mean log-level?"
)]
#[case(2, "log-level = 'loud'", "countersign.toml:1: log-level: expected one of: error, warn")]
#[case(14, "log-level = ", "countersign.toml:1: invalid TOML: ")]
#[case(10, "keys = '/no/such'", "toml:1: keys: cannot use the key file /no/such: no such file")]
#[case(4, "secret-file = '/no/such'", "toml:1: secret-file: cannot read the secret file /no/such")]
#[case(5, "secret = 'hunter2'", "toml:1: secret: invalid secret: the secret has 7 bytes")]
#[case(7, "listen = '0.0.0.0:0'", "toml:1: listen: 0.0.0.0:0 is not a loopback address")]
#[case(7, "\ndatabase = 'sqlite:x.db'", "toml:2: database: a database requires a secret")]
#[case(9, "database-schema = 'own'", "toml:1: database-schema: --database-schema and")]
#[case(11, "oauth-clients = '/no/such'", "toml:1: oauth-clients: cannot use the OAuth client file")]
#[case(13, "smtp-url-file = '/no/such'", "toml:1: smtp-url-file: cannot use the SMTP URL file")]
#[case(
    2,
    "page-logo = '/no/such.svg'",
    "toml:1: page-logo: cannot use the logo /no/such.svg: no such"
)]
#[case(2, "page-templates = '/no/such'", "toml:1: page-templates: cannot use the page templates")]
#[case(12, "breached-passwords = '/no/such'", "toml:1: breached-passwords: cannot use the list of")]
#[case(
    2,
    "session-ttl = '1h'\nsession-idle-ttl = '2h'",
    "toml:2: session-idle-ttl: --session-idle-ttl (2h) exceeds --session-ttl (1h)"
)]
fn invalid_file_is_rejected_with_its_line_and_its_exit_code(
    #[case] code: i32,
    #[case] text: &str,
    #[case] sentence: &str,
) {
    let (_folder, path) = folder(text);
    for command in [&["serve"][..], &["config", "check"]] {
        let mut command = countersign(command);
        let command = command.arg("--config").arg(&path).env_remove("COUNTERSIGN_LISTEN");
        let (exit, stdout, stderr) = run(command);
        assert_eq!((exit, &*stdout), (code, ""), "{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(sentence), "{stderr}");
        assert!(
            stderr.contains(&*path.to_string_lossy()) && !stderr.contains("hunter2"),
            "{stderr}"
        );
    }
}

#[test]
fn missing_file_is_rejected() {
    for command in [&["serve"][..], &["user", "list"], &["config", "show"], &["key", "list"]] {
        let mut command = countersign(command);
        let (exit, _, stderr) = run(command.args(["--config", "/no/such"]));
        assert_eq!(exit, 14, "{stderr}");
        let sentence = "error: cannot read the configuration file /no/such: no such file or folder";
        assert_eq!(stderr.trim(), sentence);
    }
}

#[test]
fn check_prints_all_errors_and_the_code_of_the_first() {
    let (_folder, path) =
        folder("log_level = 'x'\nkeys = '/no/such'\nbody-limit = 0\nlogin-codes = true");
    let mut check = countersign(&["config", "check", "--token-ttl", "1h", "--config"]);
    let (exit, _, stderr) = run(check.arg(&path).env("COUNTERSIGN_TOKEN_TLL", "1h"));
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!((exit, lines.len()), (3, 4), "{stderr}");
    for (line, part) in lines.iter().zip([
        "toml:1: log_level: unknown key",
        "toml:3: body-limit: expected a whole number",
        "unknown variable COUNTERSIGN_TOKEN_TLL",
        "toml:2: keys: cannot use the key file",
    ]) {
        assert!(line.starts_with("error: ") && line.contains(part), "{stderr}");
    }
}

#[test]
fn check_accepts_a_valid_configuration_and_warns_of_exposed_files() {
    let (folder, path) = folder(&format!("secret = {SECRET:?}\ndatabase = \"sqlite:users.db\"\n"));
    let check = || {
        let mut check = countersign(&["config", "check", "--config"]);
        run(check.arg(&path).current_dir(folder.path()))
    };
    assert_eq!(check(), (0, "the configuration is valid\n".to_owned(), String::new()));
    assert!(!folder.path().join("users.db").exists());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (exit, _, stderr) = check();
    assert_eq!(exit, 0);
    let warning = "warning: users other than its owner may read or write the configuration file ";
    assert!(stderr.starts_with(warning) && stderr.ends_with(": chmod 600\n"), "{stderr}");
    let service =
        Service::start(countersign(&["serve", "--database", "memory:", "--config"]).arg(&path));
    assert!(service.stop().1.contains("may read or write the configuration file"));
    fs::create_dir(folder.path().join("mails")).unwrap();
    fs::write(folder.path().join("mails/mail.txt"), "{{").unwrap();
    let mut check = countersign(&["config", "check", "--mail-templates", "mails"]);
    let (exit, _, stderr) = run(check.current_dir(folder.path()));
    assert_eq!((exit, stderr.contains("mail templates: ")), (13, true), "{stderr}");
}

#[test]
fn show_names_the_origin_of_each_value_and_redacts_secrets() {
    let (_folder, path) =
        folder(&format!("secret = {SECRET:?}\n\ntoken-ttl = '2h'\nlog-level = 'warn'\n"));
    let show = |flags: &[&str]| {
        let mut show = countersign(&["config", "show", "--log-level", "debug", "--config"]);
        let database = "postgres://bob:hunter2@db/auth";
        let show = show.arg(&path).args(flags).env("COUNTERSIGN_DATABASE_URL", database);
        let (exit, stdout, stderr) = run(show);
        assert_eq!((exit, &*stderr), (0, ""), "{stdout}");
        assert!(!stdout.contains("hunter2") && !stdout.contains(SECRET), "{stdout}");
        stdout
    };
    let text = show(&[]);
    let shown = |key: &str| {
        let line =
            text.lines().find(|line| line.trim_start_matches("# ").starts_with(key)).unwrap();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let path = path.display();
    assert_eq!(shown("secret "), format!("secret = \"(redacted)\" # {path}:1"));
    assert_eq!(shown("token-ttl"), format!("token-ttl = \"2h\" # {path}:3"));
    assert_eq!(shown("log-level"), "log-level = \"debug\" # flag --log-level");
    assert_eq!(
        shown("database "),
        "database = \"postgres://db:5432/auth\" # variable COUNTERSIGN_DATABASE_URL"
    );
    assert_eq!(shown("body-limit"), "body-limit = 65536 # default");
    assert_eq!(
        shown("registration"),
        "# registration # default: open in the demo, closed otherwise"
    );

    let json = show(&["--json"]);
    let objects: Vec<Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), ServiceOption::all().len());
    let of = |key: &str| objects.iter().find(|object| object["key"] == key).unwrap();
    assert_eq!((&of("token-ttl")["value"], &of("token-ttl")["line"]), (&"2h".into(), &3.into()));
    assert_eq!(
        (&of("token-ttl")["origin"], &of("log-level")["origin"]),
        (&"file".into(), &"flag".into())
    );
    assert_eq!(of("no-migration-lock")["value"], false);
    assert_eq!((&of("keys")["value"], &of("keys")["origin"]), (&Value::Null, &"default".into()));
}

/// What is shown is a configuration file with the same values.
#[test]
fn output_of_show_is_a_configuration_file() {
    let (folder, _) = folder("");
    let flags = [
        "--cors-origins",
        "https://a.example,https://b.example",
        "--body-limit",
        "7",
        "--login-codes",
    ];
    let (_, shown, _) =
        run(countersign(&["config", "show"]).args(flags).env_remove("COUNTERSIGN_LISTEN"));
    let path = folder.path().join("shown.toml");
    fs::write(&path, &shown).unwrap();
    let (exit, again, stderr) = run(countersign(&["config", "show", "--config"])
        .arg(&path)
        .env_remove("COUNTERSIGN_LISTEN"));
    assert_eq!(exit, 0, "{stderr}");
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split(" # ").next().unwrap().trim().to_owned()).collect()
    };
    assert_eq!(values(&shown), values(&again));
    let origins = "cors-origins = [\"https://a.example\", \"https://b.example\"]".to_owned();
    assert!(values(&again).contains(&origins), "{again}");
}

/// `COUNTERSIGN_TEST_UPDATE=1 cargo test --test cli` writes them anew.
#[test]
fn reference_and_table_of_options_are_those_of_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (exit, printed, _) = run(&mut countersign(&["config", "reference"]));
    assert_eq!((exit, &printed), (0, &reference()));
    let page = root.join("docs/configuration.md");
    let text = fs::read_to_string(&page).unwrap();
    let expected = between(&text, "options", &table());
    for (path, expected) in [(root.join("deploy/countersign.toml"), printed), (page, expected)] {
        if std::env::var_os("COUNTERSIGN_TEST_UPDATE").is_some() {
            fs::write(&path, &expected).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let hint = "COUNTERSIGN_TEST_UPDATE=1 cargo test --test cli writes it anew";
        assert!(found == expected, "{} is not up to date: {hint}", path.display());
    }
}

/// The text, with this between the marks of a name.
fn between(text: &str, name: &str, new: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    format!("{before}{start}{new}{end}{after}")
}

/// The options as Markdown, a table for each group.
fn table() -> String {
    let mut text = String::new();
    let mut groups: Vec<String> = Vec::new();
    for option in ServiceOption::all() {
        if !groups.contains(&option.group) {
            groups.push(option.group);
        }
    }
    for group in groups {
        let _ = writeln!(
            text,
            "\n### {group}\n\n| key | variable | default | |\n| --- | --- | --- | --- |"
        );
        for option in ServiceOption::all().iter().filter(|option| option.group == group) {
            let (key, variable) = (&option.key, &option.variable);
            let default = match &option.default {
                Some(default) if option.kind == OptionKind::Boolean => default.clone(),
                Some(default) => format!("`{default}`"),
                None => option.default_text().to_owned(),
            };
            let mut help =
                option.help[0].replace('\n', " ").replace('|', "\\|").replace('<', "&lt;");
            if !option.values.is_empty() {
                let _ = write!(help, ": `{}`", option.values.join("`, `"));
            }
            let reload = if option.is_reloaded { "; [reloaded](#reload)" } else { "" };
            let _ = writeln!(text, "| `{key}` | `{variable}` | {default} | {help}{reload} |");
        }
    }
    text + "\n"
}

//! Tests of the configuration file: every option in it, precedence, and errors.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rstest::rstest;
use tempfile::TempDir;

use super::{assert_every_setting, command, config, settings};
use crate::config::{
    CommandLineError, Environment, OptionKind, Origin, Parsed, ServiceOption, parse, reference,
};

/// No valid value of most options.
const INVALID: &str = "hunter2!";

/// A configuration file in a folder of its own.
fn file(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    (folder, path)
}

fn read(text: impl AsRef<[u8]>, arguments: &[String], variables: &[(&str, &str)]) -> Parsed {
    let (_folder, path) = file(text);
    let config = ["serve".to_owned(), "--config".to_owned(), path.to_str().unwrap().to_owned()];
    let arguments: Vec<OsString> =
        config.into_iter().chain(arguments.to_vec()).map(Into::into).collect();
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    parse(&command(), &arguments, &Environment::new(variables)).unwrap()
}

/// The errors of a file, without its folder.
fn errors(text: impl AsRef<[u8]>) -> Vec<String> {
    let (_folder, path) = file(text);
    errors_of(&path)
}

fn errors_of(path: &Path) -> Vec<String> {
    let arguments = ["serve".into(), "--config".into(), path.into()];
    let errors = match parse(&command(), &arguments, &Environment::default()) {
        Ok(Parsed { errors, .. }) | Err(CommandLineError::Invalid(errors)) => errors,
        Err(CommandLineError::Help(help)) => panic!("{help}"),
    };
    let folder = format!("{}/", path.parent().unwrap().display());
    errors.iter().map(|error| error.to_string().replace(&folder, "")).collect()
}

/// The entry of an option with this value.
fn entry(option: &ServiceOption, value: &str) -> String {
    let key = &option.key;
    match option.kind {
        OptionKind::Boolean => format!("{key} = true\n"),
        OptionKind::List => {
            let elements = value.split(',').map(|element| format!("{element:?}"));
            format!("{key} = [{}]\n", elements.collect::<Vec<_>>().join(", "))
        }
        _ if value.parse::<u64>().is_ok() => format!("{key} = {value}\n"),
        _ => format!("{key} = {value:?}\n"),
    }
}

/// All options that have flags, with a value of each.
fn options(folder: &Path) -> Vec<(ServiceOption, String)> {
    let mut values = settings(folder);
    for (key, value) in [
        ("--database-schema", "own"),
        ("--database-url-file", "url"),
        ("--secret-file", "secret"),
        ("--smtp-url-file", "url"),
    ] {
        values.push((key, value.to_owned()));
    }
    let value = |option: &ServiceOption| {
        let flag = format!("--{}", option.key);
        values.iter().find(|(other, _)| *other == flag).unwrap().1.clone()
    };
    let with_flag = ServiceOption::all().into_iter().filter(|option| option.id.is_some());
    with_flag
        .map(|option| (value(&option), option))
        .map(|(value, option)| (option, value))
        .collect()
}

#[test]
fn every_entry_sets_the_option_of_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let all = ServiceOption::all();
    let entries = settings(folder.path()).into_iter().map(|(flag, value)| {
        let option = all.iter().find(|option| flag == format!("--{}", option.key)).unwrap();
        entry(option, &value)
    });
    let (_folder, path) = file(entries.collect::<String>());
    let flag = format!("--config={}", path.display());
    assert_every_setting(config(&[flag], &Environment::default()), folder.path());
    let variable = ("COUNTERSIGN_CONFIG".into(), path.into());
    assert_every_setting(config(&[], &Environment::new([variable])), folder.path());
}

/// What is overridden is not validated.
#[test]
fn flag_wins_over_variable_over_file_over_default_for_every_option() {
    let folder = tempfile::tempdir().unwrap();
    for (option, value) in options(folder.path()) {
        let (key, variable) = (&*option.key, &*option.variable);
        let (is_boolean, flag) = (option.kind == OptionKind::Boolean, format!("--{key}={value}"));
        let value = if is_boolean { "true".to_owned() } else { value };
        let flag = if is_boolean { format!("--{key}") } else { flag };
        let (valid, invalid) = (entry(&option, &value), format!("{key} = {INVALID:?}\n"));
        for (text, variables, arguments, expected) in [
            ("", None, None, "default"),
            (&*valid, None, None, "file"),
            (&invalid, Some(&*value), None, "variable"),
            (&invalid, Some(INVALID), Some(flag.clone()), "flag"),
            ("", Some(INVALID), Some(flag.clone()), "flag"),
            (&invalid, None, Some(flag), "flag"),
        ] {
            let variables: Vec<_> = variables.map(|value| (variable, value)).into_iter().collect();
            let arguments: Vec<_> = arguments.into_iter().collect();
            let parsed = read(text, &arguments, &variables);
            assert!(parsed.errors.is_empty(), "{key} {expected}: {:?}", parsed.errors);
            let effective = parsed.effective();
            let found = effective.iter().find(|it| it.option.key == key).unwrap();
            let origin = match &found.origin {
                Origin::Flag => "flag",
                Origin::Variable => "variable",
                Origin::File(_) => "file",
                Origin::Default => "default",
            };
            assert_eq!(origin, expected, "{key}");
            let id = option.id.as_deref().unwrap();
            let raw = parsed.matches.get_raw(id).into_iter().flatten();
            let raw: Vec<_> = raw.map(|value| value.to_str().unwrap()).collect();
            match expected {
                "default" => assert_eq!(raw, Vec::from_iter(option.default.as_deref()), "{key}"),
                _ => assert_eq!(raw.join(",").replace(' ', ""), value.replace(' ', ""), "{key}"),
            }
        }
    }
}

/// For every option: its error in the file has the words of its error in the variable.
#[test]
fn invalid_value_is_reported_in_the_words_of_the_variable() {
    let mut reported = 0;
    for option in ServiceOption::all() {
        let of_variable = read("", &[], &[(&option.variable, INVALID)]).errors;
        let of_file = errors(format!("\n# comment\n{} = {INVALID:?}\n", option.key));
        assert_eq!(of_variable.len(), of_file.len(), "{}", option.key);
        for (of_variable, of_file) in of_variable.iter().zip(of_file) {
            let of_variable = of_variable.to_string();
            let prefix = format!("the variable {}: ", option.variable);
            let reason = of_variable.strip_prefix(&prefix).unwrap();
            assert_eq!(of_file, format!("countersign.toml:3: {}: {reason}", option.key));
            assert!(!of_file.contains("hunter2"), "{of_file}");
            reported += 1;
        }
    }
    assert!(reported > 30, "{reported}");
}

#[rstest]
#[case::underscores("log_level = \"info\"", "log_level: unknown key; did you mean log-level?")]
#[case::typing_error("lisen = \"x\"", "lisen: unknown key; did you mean listen?")]
#[case::variable("COUNTERSIGN_LISTEN = \"x\"", "unknown key; did you mean listen?")]
#[case::variable_of_another_name("database-url = \"x\"", "unknown key; did you mean database?")]
#[case::flag("--listen = \"x\"", "--listen: unknown key; did you mean listen?")]
#[case::unknown("friendly = 1", "friendly: unknown key; `countersign config reference` prints")]
#[case::no_option("config = \"x\"", "config: unknown key")]
#[case::table("[smtp]\nurl = \"x\"", "smtp: unexpected table: the file has only keys with")]
#[case::meant("[smtp]\nurl = \"x\"", "did you mean smtp-url = …, above all tables?")]
#[case::dotted("log.level = \"x\"", "log: unexpected table")]
#[case::empty_table("[x]", "x: unexpected table")]
#[case::number("log-level = 1", "log-level: expected one of: error, warn, info, debug, trace")]
#[case::fraction("body-limit = 1.5", "body-limit: expected a whole number from 1 to")]
#[case::negative("body-limit = -1", "body-limit: expected a whole number from 1 to")]
#[case::no_boolean("login-codes = 2", "login-codes: expected true, yes, on or 1, or false")]
#[case::boolean("pages = true", "pages: expected one of: on, off")]
#[case::date("token-ttl = 2026-01-01", "token-ttl: expected whole seconds with a unit")]
#[case::empty("token-ttl = \"\"", "token-ttl: expected whole seconds with a unit")]
#[case::empty_path("keys = \"\"", "keys: missing value")]
#[case::list("listen = [\"127.0.0.1:1\"]", "listen: expected a single value, not a list")]
#[case::nested("cors-origins = [[\"x\"]]", "cors-origins: expected a list of strings")]
#[case::comma("cors-origins = [\"a,b\"]", "an element of the list has a comma")]
#[case::element("trusted-proxies = [\"x\"]", "trusted-proxies: expected an address or a network")]
#[case::duplicate(
    "listen = \"x\"\nlisten = \"y\"",
    "countersign.toml:2: invalid TOML: duplicate key"
)]
#[case::unquoted("log-level = debug", "countersign.toml:1: invalid TOML: ")]
#[case::no_value("log-level", "countersign.toml:1: invalid TOML: ")]
#[case::open_string("\nsecret = \"hunter2", "countersign.toml:2: invalid TOML: ")]
fn invalid_entry_is_reported_with_its_line(#[case] text: &str, #[case] sentence: &str) {
    let reported = errors(text);
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].starts_with("countersign.toml:"), "{reported:?}");
    assert!(reported[0].contains(sentence), "{reported:?}");
    assert!(!reported[0].contains("hunter2"), "{reported:?}");
}

#[test]
fn all_errors_of_a_file_are_reported_in_its_order() {
    let reported = errors("log_level = 1\nbody-limit = 0\nlisten = 8080\n[x]\ny = 1\n");
    let lines: Vec<_> = reported.iter().filter_map(|it| it.split(':').nth(1)).collect();
    assert_eq!(lines, ["1", "2", "3", "4"], "{reported:?}");
    let reported = errors("a = \nb = 1\nc = =\n");
    assert_eq!(reported.len(), 2, "{reported:?}");
}

#[rstest]
#[case::line_breaks(b"listen = \"127.0.0.1:9009\"\r\nlog-level = \"debug\"\r\n")]
#[case::byte_order_mark(b"\xef\xbb\xbflisten = \"127.0.0.1:9009\"\nlog-level = \"debug\"")]
#[case::spaces(b"listen = \" 127.0.0.1:9009\\n\"\n'log-level'= 'debug' # comment")]
fn file_of_other_editors_is_read(#[case] text: &[u8]) {
    let (_folder, path) = file(text);
    let config = config(&[format!("--config={}", path.display())], &Environment::default());
    assert_eq!((config.listen.port(), config.log.level), (9009, tracing::Level::DEBUG));
}

#[test]
fn values_of_the_types_of_toml_are_read() {
    let text = "body-limit = 0x1_0000\nlogin-codes = false\nno-migration-lock = true\n\
                cors-origins = []\ntrusted-proxies = \"10.0.0.1, 10.0.0.2\"\n\
                redirect-origins = ['https://a.example',\n 'https://b.example']\n";
    let (_folder, path) = file(text);
    let config = config(&[format!("--config={}", path.display())], &Environment::default());
    assert_eq!(config.http.body_limit, 65_536);
    assert!(!config.accounts.login_codes && !config.database.migration_lock);
    assert_eq!((config.http.cors_origins.len(), config.http.trusted_proxies.len()), (0, 2));
    assert_eq!(config.pages.redirect_origins.iter().count(), 2);
}

#[test]
fn empty_variable_leaves_the_entry_of_the_file() {
    let parsed = read("log-level = \"debug\"", &[], &[("COUNTERSIGN_LOG_LEVEL", " ")]);
    let effective = parsed.effective();
    let level = effective.iter().find(|it| it.option.key == "log-level").unwrap();
    assert_eq!(level.shown.as_deref(), Some(&["debug".to_owned()][..]));
    assert!(matches!(&level.origin, Origin::File(place) if place.line == 1));
}

#[test]
fn empty_file_leaves_the_defaults() {
    for text in ["", "\n", "# comment"] {
        assert!(read(text, &[], &[]).effective().iter().all(|it| it.origin == Origin::Default));
    }
}

#[test]
fn unreadable_file_is_reported_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("large"), "#".repeat(256 * 1024 + 1)).unwrap();
    fs::write(at("binary"), b"listen = \"\n\xff\"").unwrap();
    for (path, reason) in [
        (at("missing"), "cannot read the configuration file missing: no such file or folder"),
        (at("large"), "cannot read the configuration file large: it is larger than 256 KiB"),
        (at("binary"), "binary:2: invalid TOML: it is not UTF-8 text"),
        (at("."), ": it is a folder, not a file"),
        (at("large/below"), "a part of its path is a file, not a folder"),
        (
            PathBuf::from("/dev/zero"),
            "cannot read the configuration file zero: it is not a regular",
        ),
        (PathBuf::from("Hunter2+"), "redacted, since it may be a secret"),
    ] {
        let reported = errors_of(&path);
        assert_eq!(reported.len(), 1, "{reported:?}");
        assert!(reported[0].contains(reason), "{reported:?}");
    }
    fs::write(at("largest"), "#".repeat(256 * 1024)).unwrap();
    assert_eq!(errors_of(&at("largest")), [""; 0]);
}

/// The secret of the file is used, and no file that its own file names is forgotten.
#[test]
fn secret_of_the_file_signs_and_its_exposure_is_known() {
    let secret = format!("secret = {:?}\n", "s".repeat(32));
    let smtp = "smtp-url = \"smtps://bob:hunter2@mail.example\"\nmail = \"off\"\n".to_owned();
    let database = "database = \"sqlite:users.db\"\nkeys = \"x\"\n";
    for (text, mode, is_exposed) in [
        (&secret, 0o600, false),
        (&secret, 0o640, true),
        (&secret, 0o604, true),
        (&smtp, 0o604, true),
        (&smtp, 0o400, false),
        (&"body-limit = 1".to_owned(), 0o644, false),
        (&"body-limit = 1".to_owned(), 0o646, true),
    ] {
        let (_folder, path) = file(text);
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let config = config(&[format!("--config={}", path.display())], &Environment::default());
        assert_eq!(config.random_secret, !text.starts_with("secret"));
        let exposed: Vec<_> = config.exposed_files.iter().map(|(what, _)| *what).collect();
        assert_eq!(exposed.contains(&"configuration file"), is_exposed, "{text} {mode:o}");
    }
    assert!(read(database, &[], &[]).environment.exposed_file().is_none());
}

/// With its defaults no longer comments, the reference changes nothing.
#[test]
fn reference_has_every_option_and_the_defaults() {
    let reference = reference();
    for option in ServiceOption::all() {
        assert!(reference.contains(&format!("\n#{} = ", option.key)), "{}", option.key);
        assert!(
            reference.contains(&format!("Variable: {}\n", option.variable))
                || reference.contains(&format!("Variable: {};", option.variable))
        );
    }
    let has_default = |key: &str| {
        ServiceOption::all().iter().any(|option| option.key == key && option.default.is_some())
    };
    let lines = reference.lines().map(|line| match line.strip_prefix('#') {
        Some(entry) if entry.split(" = ").next().is_some_and(has_default) => entry,
        _ => line,
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let parsed = read(&text, &[], &[]);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let effective = parsed.effective();
    let of_file = effective.iter().filter(|it| matches!(it.origin, Origin::File(_)));
    assert!(of_file.clone().count() > 20);
    for it in of_file {
        assert_eq!(it.shown.as_ref().map(|it| it.join(",")), it.option.default, "{it:?}");
    }
}

#[test]
fn value_that_may_be_a_secret_is_not_shown() {
    let text = "secret = 'hunter2'\ndatabase = 'postgres://bob:hunter2@db/auth'\n\
                smtp-url = 'smtps://bob:hunter2@mail.example'\nkeys = 'Hunter2+hunter2'\n";
    let parsed = read(text, &[], &[]);
    let effective = parsed.effective();
    let shown = crate::config::effective_toml(&effective);
    assert!(!shown.to_lowercase().contains("hunter2"), "{shown}");
    for line in [
        "secret = \"(redacted)\"",
        "database = \"postgres://db:5432/auth\"",
        "smtp-url = \"smtps://mail.example:465\"",
        "keys = \"(path redacted, since it may be a secret)\"",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    assert!(!format!("{parsed:?} {effective:?}").to_lowercase().contains("hunter2"));
}

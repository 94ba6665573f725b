//! Tests of every flag of `serve`, from its value to the option that it sets.

mod file;

use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::{Args, Command, FromArgMatches};
use countersign_auth::{KeyAlgorithm, Secret};
use tracing::Level;

use super::{
    AdminListen, CommandLineError, Config, ConfigFlag, Database, DatabaseOptions, Environment,
    ForwardedHeader, HttpOptions, Parsed, ServeFlags, ServerOptions, parse,
};
use crate::accounts::AccountOptions;
use crate::keys::{KeyFile, KeySet, SharedKeySet, SigningKey};
use crate::mail::{MailKind, MailOptions, MailTransport, SmtpOptions};
use crate::oauth_clients;
use crate::pages::PageOptions;
use crate::password::{Cost, Engine, HashingOptions};
use crate::sessions::SessionOptions;
use crate::store::sql::{DatabaseUrl, SqlOptions};
use crate::telemetry::{LogFormat, LogOptions};
use crate::throttle::ThrottleOptions;
use crate::token::{TokenOptions, UserClaim};
use crate::verification::EmailVerification;

/// Flags that do not exclude each other, each with a value of its own.
const FLAGS: [(&str, &str); 57] = [
    ("--listen", "127.0.0.9:9009"),
    ("--admin-listen", "127.0.0.9:9010"),
    ("--database-connections", "33"),
    ("--database-timeout", "3300ms"),
    ("--no-migration-lock", ""),
    ("--registration", "open"),
    ("--min-password-length", "11"),
    ("--min-password-score", "3"),
    ("--breached-passwords", "breached"),
    ("--hash-cost", "m=65536,t=4,p=2"),
    ("--hash-threads", "7"),
    ("--hash-engine", "rustcrypto"),
    ("--throttle", "off"),
    ("--throttle-account-failures", "51"),
    ("--throttle-network-failures", "53"),
    ("--throttle-registrations", "57"),
    ("--public-url", "https://public.example"),
    ("--pages", "off"),
    ("--page-logo", "logo.svg"),
    ("--page-accent", "#aa0033"),
    ("--page-templates", "templates"),
    ("--redirect-origins", "https://one.example,http://localhost:3000"),
    ("--cookie-domain", "public.example"),
    ("--issuer", "https://issuer.example"),
    ("--audience", "audience"),
    ("--token-claims", "is_admin"),
    ("--token-ttl", "13m"),
    ("--session-idle-ttl", "17days"),
    ("--session-ttl", "19days"),
    ("--refresh-grace", "23s"),
    ("--api-docs", "off"),
    ("--cors-origins", "https://one.example,https://two.example"),
    ("--trusted-proxies", "10.1.0.0/16, 10.2.0.1"),
    ("--forwarded-header", "forwarded"),
    ("--assertion-audiences", "wiki, shop"),
    ("--body-limit", "29000"),
    ("--body-timeout", "31s"),
    ("--header-timeout", "37s"),
    ("--idle-timeout", "41s"),
    ("--max-connections", "4300"),
    ("--connections-per-network", "430"),
    ("--max-streams", "530"),
    ("--body-memory", "5900000"),
    ("--write-timeout", "43s"),
    ("--shutdown-timeout", "47s"),
    ("--log-format", "json"),
    ("--log-level", "debug"),
    ("--oauth-clients", "clients"),
    ("--mail", "smtp"),
    ("--smtp-url", "smtps://bob:hunter2@mail.example:467"),
    ("--smtp-root-certificate", "certificate"),
    ("--mail-from", "Login <auth@login.example>"),
    ("--mail-templates", "templates"),
    ("--notices", "new-device,token-reused"),
    ("--service-name", "Example"),
    ("--email-verification", "required"),
    ("--login-codes", ""),
];
/// What is between the lines is read by the TLS library alone.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// Flags that exclude each other.
const SIGNING: [&str; 2] = ["--keys", "--secret-file"];
const SMTP: [&str; 2] = ["--smtp-url", "--smtp-url-file"];
const DATABASE: [&str; 3] = ["--database", "--database-url-file", "--database-schema"];

pub(super) fn command() -> Command {
    ServeFlags::augment_args(ConfigFlag::augment_args(Command::new("serve")))
}

pub(super) fn config(arguments: &[String], environment: &Environment) -> Config {
    let arguments: Vec<_> =
        std::iter::once("serve".into()).chain(arguments.iter().map(Into::into)).collect();
    let Ok(Parsed { matches, environment, errors }) = parse(&command(), &arguments, environment)
    else {
        panic!("{arguments:?}");
    };
    assert!(errors.is_empty(), "{errors:?}");
    Config::new(&ServeFlags::from_arg_matches(&matches).unwrap(), &environment).unwrap()
}

/// The default is in the way of no other program where someone tries the service out.
#[test]
fn admin_listener_is_off_in_the_demo_alone() {
    let none = Environment::default();
    let flags = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(config(&flags(&[]), &none).admin_listen, None);
    let secret = "a secret of at least thirty-two bytes".into();
    let secret = Environment::new([("COUNTERSIGN_SECRET".into(), secret)]);
    let exposed = ["--listen", "0.0.0.0:0"];
    assert_eq!(config(&flags(&exposed), &secret).admin_listen, Some(AdminListen::DEFAULT));
    let off = [&exposed[..], &["--admin-listen", "off"]].concat();
    assert_eq!(config(&flags(&off), &secret).admin_listen, None);
    let asked_for = config(&flags(&["--admin-listen", "[::1]:9"]), &none).admin_listen;
    assert_eq!(asked_for.unwrap().to_string(), "[::1]:9");
}

fn errors(arguments: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let arguments: Vec<_> =
        std::iter::once("serve").chain(arguments.iter().copied()).map(Into::into).collect();
    let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
    let environment = Environment::new(variables);
    let errors = match parse(&command(), &arguments, &environment) {
        Ok(Parsed { errors, .. }) if !errors.is_empty() => errors,
        Ok(Parsed { matches, environment, .. }) => {
            let flags = ServeFlags::from_arg_matches(&matches).unwrap();
            Config::new(&flags, &environment).err().unwrap_or_default()
        }
        Err(CommandLineError::Invalid(errors)) => errors,
        Err(CommandLineError::Help(help)) => panic!("{help}"),
    };
    errors.iter().map(ToString::to_string).collect()
}

/// All flags with their values, and their files in `folder`.
pub(super) fn settings(folder: &Path) -> Vec<(&'static str, String)> {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    oauth_clients::add(&folder.join("clients"), &"gateway".parse().unwrap(), false).unwrap();
    let keys = KeySet::new(SigningKey::generate(KeyAlgorithm::EdDsa).unwrap());
    fs::write(folder.join("keys"), keys.to_json().unwrap()).unwrap();
    fs::write(folder.join("secret"), "s".repeat(32) + "\n").unwrap();
    fs::write(folder.join("url"), "sqlite:of-the-file.db\n").unwrap();
    fs::write(folder.join("certificate"), CERTIFICATE).unwrap();
    fs::write(folder.join("breached"), "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:1\n").unwrap();
    fs::write(folder.join("logo.svg"), "<svg/>").unwrap();
    fs::create_dir(folder.join("templates")).unwrap();
    fs::write(folder.join("templates/style.css"), "a {}").unwrap();
    let flags = FLAGS.map(|(flag, value)| match flag {
        "--oauth-clients"
        | "--breached-passwords"
        | "--page-logo"
        | "--page-templates"
        | "--smtp-root-certificate"
        | "--mail-templates" => (flag, path(value)),
        _ => (flag, value.to_owned()),
    });
    let files = [("--keys", path("keys")), ("--database", "sqlite:users.db".to_owned())];
    flags.into_iter().chain(files).collect()
}

fn variable(flag: &str) -> String {
    let command = command();
    let mut flags = command.get_arguments();
    let flag = flags.find(|arg| arg.get_long() == flag.strip_prefix("--")).unwrap();
    flag.get_env().unwrap().to_str().unwrap().to_owned()
}

/// Asserts that each option has the value of its own flag.
pub(super) fn assert_every_setting(config: Config, folder: &Path) {
    // Without `..`, so that a new field fails to compile here.
    let Config {
        listen,
        admin_listen,
        public_url,
        demo,
        random_secret,
        key_file,
        database: DatabaseOptions { database, sql, migration_lock },
        accounts: AccountOptions { open_registration, verification, login_codes, policy },
        tokens: TokenOptions { keys, lifetime, issuer, audience, claims },
        sessions: SessionOptions { idle, lifetime: session_lifetime, grace },
        oauth_clients,
        exposed_files,
        hashing,
        throttle,
        pages,
        mail,
        http:
            HttpOptions {
                body_limit,
                body_timeout,
                cors_origins,
                trusted_proxies,
                forwarded_header,
                assertion_audiences,
                api_docs,
            },
        server,
        log: LogOptions { format, level },
    } = config;
    assert_eq!(listen.to_string(), "127.0.0.9:9009");
    assert_eq!(admin_listen.unwrap().to_string(), "127.0.0.9:9010");
    assert_eq!(public_url.unwrap().to_string(), "https://public.example");
    assert_eq!((demo, random_secret), (false, false));
    let path = folder.join("keys");
    assert_eq!(key_file.unwrap().path(), path);
    let (_, of_file) = KeyFile::open(&path).unwrap();
    assert_eq!(keys.current().signing_key().kid(), of_file.signing_key().kid());
    assert!(
        matches!(&database, Database::Sql(DatabaseUrl::Sqlite(path)) if path.ends_with("users.db"))
    );
    let SqlOptions { connections, timeout, .. } = sql;
    assert_eq!((connections, timeout, migration_lock), (33, Duration::from_millis(3300), false));
    assert!(open_registration);
    assert_eq!((verification, login_codes), (EmailVerification::Required, true));
    let MailOptions { transport, from, service_name, notices, templates } = mail.unwrap();
    let MailTransport::Smtp(SmtpOptions { url, root_certificate }) = transport else { panic!() };
    assert_eq!(url.to_string(), "smtps://mail.example:467");
    assert_eq!(root_certificate.as_deref(), Some(CERTIFICATE.as_bytes()));
    assert_eq!(from.to_string(), "Login <auth@login.example>");
    assert_eq!((service_name.as_str(), templates), ("Example", Some(folder.join("templates"))));
    assert_eq!(notices, [MailKind::NewDevice, MailKind::TokenReused]);
    assert_eq!((policy.min_length(), policy.min_score(), policy.has_breached()), (11, 3, true));
    assert_eq!(lifetime, Duration::from_mins(13));
    assert_eq!(forwarded_header, ForwardedHeader::Forwarded);
    assert_eq!(issuer.as_deref(), Some("https://issuer.example"));
    assert_eq!(audience.as_deref(), Some("audience"));
    assert_eq!(claims, [UserClaim::IsAdmin]);
    let days = |days: u64| Duration::from_hours(24 * days);
    assert_eq!((idle, session_lifetime), (days(17), days(19)));
    assert_eq!(grace, Duration::from_secs(23));
    assert_eq!(oauth_clients.ids().map(ToString::to_string).collect::<Vec<_>>(), ["gateway"]);
    assert!(exposed_files.is_empty(), "{exposed_files:?}");
    let HashingOptions { cost, threads, engine, .. } = hashing;
    assert_eq!(engine, Engine::RUST_CRYPTO);
    assert_eq!((cost, threads.get()), (Cost::new(65536, 4, 2).unwrap(), 7));
    let expected = ThrottleOptions {
        enabled: false,
        free_failures: 51,
        network_failures: 53,
        registrations: 57,
    };
    assert_eq!(throttle, expected);
    assert_every_page_setting(pages);
    assert!(!api_docs);
    assert_eq!((body_limit, body_timeout), (29000, Duration::from_secs(31)));
    assert_eq!(cors_origins, ["https://one.example", "https://two.example"]);
    assert_eq!(assertion_audiences, ["wiki", "shop"]);
    let proxies: Vec<_> = trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["10.1.0.0/16", "10.2.0.1/32"]);
    let ServerOptions {
        max_connections,
        connections_per_network,
        trusted_proxies,
        max_streams,
        body_memory,
        write_timeout,
        header_timeout,
        idle_timeout,
        shutdown_timeout,
    } = server;
    assert_eq!((max_connections, connections_per_network), (4300, 430));
    let exempt: Vec<_> = trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(exempt, proxies);
    assert_eq!((max_streams, body_memory), (530, 5_900_000));
    assert_eq!(write_timeout, Duration::from_secs(43));
    assert_eq!(header_timeout, Duration::from_secs(37));
    assert_eq!(idle_timeout, Duration::from_secs(41));
    assert_eq!(shutdown_timeout, Duration::from_secs(47));
    assert_eq!((format, level), (LogFormat::Json, Level::DEBUG));
}

fn assert_every_page_setting(pages: PageOptions) {
    let PageOptions {
        enabled,
        service_name,
        accent,
        logo,
        redirect_origins,
        cookie_domain,
        templates,
    } = pages;
    assert!(!enabled);
    assert_eq!((&*service_name, &*accent.to_string()), ("Example", "#aa0033"));
    assert_eq!(logo.unwrap().media_type, "image/svg+xml");
    let origins: Vec<_> = redirect_origins.iter().collect();
    assert_eq!(origins, ["https://one.example", "http://localhost:3000"]);
    assert_eq!(cookie_domain.unwrap().to_string(), "public.example");
    assert_eq!(templates.style(), Some("a {}"));
}

#[test]
fn every_flag_sets_its_own_option() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = settings(folder.path()).into_iter().map(|(flag, value)| match &*value {
        "" => flag.to_owned(),
        value => format!("{flag}={value}"),
    });
    let config = config(&arguments.collect::<Vec<_>>(), &Environment::default());
    assert_every_setting(config, folder.path());
}

#[test]
fn every_variable_sets_the_option_of_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let variables = settings(folder.path()).into_iter().map(|(flag, value)| {
        let value = if value.is_empty() { "yes".to_owned() } else { value };
        (variable(flag).into(), format!(" {value}\n").into())
    });
    let config = config(&[], &Environment::new(variables));
    assert_every_setting(config, folder.path());
}

#[test]
fn flag_wins_over_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = settings(folder.path()).into_iter().map(|(flag, value)| match &*value {
        "" => flag.to_owned(),
        value => format!("{flag}={value}"),
    });
    let wrong = command();
    let wrong = wrong.get_arguments().filter_map(|arg| arg.get_env());
    let excluded = [
        "COUNTERSIGN_CONFIG",
        "COUNTERSIGN_SECRET_FILE",
        "COUNTERSIGN_DATABASE_URL_FILE",
        "COUNTERSIGN_DATABASE_SCHEMA",
        "COUNTERSIGN_SMTP_URL_FILE",
    ];
    let wrong = wrong.filter(|name| excluded.iter().all(|other| name != other));
    // An overridden variable is not validated.
    let environment = Environment::new(wrong.map(|name| (name.into(), "hunter2".into())));
    assert_every_setting(config(&arguments.collect::<Vec<_>>(), &environment), folder.path());
}

#[test]
fn secret_and_database_url_of_a_file_are_used() {
    let folder = tempfile::tempdir().unwrap();
    settings(folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let arguments =
        ["--secret-file".to_owned(), path("secret"), "--database-url-file".to_owned(), path("url")];
    let config = config(&arguments, &Environment::default());
    let of_secret = SharedKeySet::from_secret(&Secret::new(vec![b's'; 32]).unwrap());
    let id = |ring: &SharedKeySet| ring.current().signing_key().kid().to_owned();
    assert_eq!(id(&config.tokens.keys), id(&of_secret));
    assert!(!config.random_secret && config.key_file.is_none());
    let Database::Sql(DatabaseUrl::Sqlite(database)) = config.database.database else { panic!() };
    assert!(database.ends_with("of-the-file.db"));
    let exposed: Vec<_> = config.exposed_files.iter().map(|(what, _)| *what).collect();
    assert_eq!(exposed, ["secret file", "database URL file"]);
}

#[test]
fn schema_is_that_of_the_postgresql_database() {
    let url = "postgres://bob:hunter2@db/auth";
    for (flags, variables) in [
        (&["--database", url, "--database-schema", "own"][..], &[][..]),
        (&[], &[("COUNTERSIGN_DATABASE_URL", url), ("COUNTERSIGN_DATABASE_SCHEMA", "own")]),
    ] {
        let secret = ("COUNTERSIGN_SECRET".into(), "s".repeat(32).into());
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::new(variables.chain([secret]));
        let flags: Vec<_> = flags.iter().map(ToString::to_string).collect();
        let Database::Sql(url) = config(&flags, &environment).database.database else { panic!() };
        assert_eq!(url.to_string(), "postgres://db:5432/auth (schema own)");
    }
}

#[test]
fn no_flag_at_all_gives_the_defaults() {
    for (arguments, demo, token_lifetime) in [
        (&[][..], true, Duration::from_secs(20)),
        (&["--database=sqlite:users.db".to_owned()][..], false, Duration::from_mins(15)),
        (&["--listen=0.0.0.0:8080".to_owned()][..], false, Duration::from_mins(15)),
    ] {
        let secret = ("COUNTERSIGN_SECRET".into(), "s".repeat(32).into());
        let environment = Environment::new((!demo).then_some(secret));
        let config = config(arguments, &environment);
        assert_eq!(config.listen.port(), 8080);
        if demo {
            assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        }
        assert_eq!((config.demo, config.random_secret), (demo, demo));
        assert_eq!(config.accounts.open_registration, demo, "{arguments:?}");
        let verification = if demo { EmailVerification::Optional } else { EmailVerification::Off };
        assert_eq!(config.accounts.verification, verification);
        assert!(!config.accounts.login_codes);
        assert_eq!(config.mail.is_some(), demo);
        if let Some(mail) = config.mail {
            assert!(matches!(mail.transport, MailTransport::Inbox));
            assert_eq!(mail.notices, MailKind::NOTICES);
            assert_eq!((mail.service_name.as_str(), mail.templates), ("countersign", None));
        }
        assert_eq!(config.tokens.lifetime, token_lifetime);
        assert!(config.key_file.is_none() && config.exposed_files.is_empty());
        assert_eq!(config.database.sql.connections, 10);
        assert_eq!(config.database.sql.timeout, Duration::from_secs(2));
        assert!(config.database.migration_lock);
        let policy = &config.accounts.policy;
        let found = (policy.min_length(), policy.min_score(), policy.has_breached());
        assert_eq!(found, (8, 2, false));
        assert_eq!((config.tokens.issuer, config.tokens.audience), (None, None));
        let days = |days: u64| Duration::from_hours(24 * days);
        assert_eq!((config.sessions.idle, config.sessions.lifetime), (days(30), days(90)));
        assert_eq!(config.sessions.grace, Duration::from_secs(30));
        assert!(config.oauth_clients.is_empty());
        assert_eq!(config.hashing.cost, Cost::new(19_456, 2, 1).unwrap());
        assert_eq!(config.hashing.engine, Engine::best());
        assert_eq!(
            config.throttle,
            ThrottleOptions {
                enabled: true,
                free_failures: 5,
                network_failures: 100,
                registrations: 100
            }
        );
        assert_eq!(config.hashing.threads, std::thread::available_parallelism().unwrap());
        assert_eq!(config.http.body_limit, 64 * 1024);
        assert_eq!(config.http.body_timeout, Duration::from_secs(15));
        assert!(config.http.cors_origins.is_empty() && config.http.trusted_proxies.is_empty());
        assert_eq!(config.server.max_connections, 10_000);
        assert_eq!(config.server.connections_per_network, 2_500);
        assert_eq!(config.server.max_streams, 1_024);
        assert_eq!(config.server.body_memory, 32 * 1024 * 1024);
        assert_eq!(config.server.write_timeout, Duration::from_secs(10));
        assert_eq!(config.server.header_timeout, Duration::from_secs(10));
        assert_eq!(config.server.idle_timeout, Duration::from_secs(75));
        assert_eq!(config.server.shutdown_timeout, Duration::from_secs(5));
        assert_eq!((config.log.format, config.log.level), (LogFormat::Auto, Level::INFO));
    }
}

#[test]
fn every_flag_is_in_these_tests() {
    let mut tested: Vec<&str> = FLAGS.iter().map(|(flag, _)| *flag).collect();
    tested.extend(SIGNING.iter().chain(&DATABASE).chain(&SMTP[1..]));
    let command = ServeFlags::augment_args(Command::new("serve"));
    for flag in command.get_arguments() {
        let long = flag.get_long().expect("a flag has a long name");
        assert!(tested.contains(&&*format!("--{long}")), "--{long} is not tested");
        assert!(flag.get_env().is_some(), "--{long} has no variable");
    }
    assert_eq!(tested.len(), command.get_arguments().count());
}

#[test]
fn empty_variable_counts_as_unset_for_every_flag() {
    let command = command();
    let variables = command.get_arguments().filter_map(|arg| arg.get_env());
    let names: Vec<_> = variables.chain(["COUNTERSIGN_SECRET".as_ref()]).collect();
    for empty in ["", " ", "\n", " , "] {
        let list =
            ["COUNTERSIGN_CORS_ORIGINS", "COUNTERSIGN_NOTICES", "COUNTERSIGN_TRUSTED_PROXIES"];
        let of_kind = |name: &&&std::ffi::OsStr| {
            let is_secret = **name == "COUNTERSIGN_SECRET";
            empty.is_empty()
                || (!is_secret && !empty.contains(','))
                || list.iter().any(|it| *name == it)
        };
        let variables = names.iter().filter(of_kind).map(|name| (name.into(), empty.into()));
        let config = config(&[], &Environment::new(variables));
        assert!(config.demo && config.random_secret && config.database.migration_lock);
        assert!(config.http.cors_origins.is_empty() && config.http.trusted_proxies.is_empty());
    }
}

#[test]
fn boolean_variable_takes_the_usual_words() {
    for (value, locks) in [
        ("true", false),
        ("1", false),
        ("yes", false),
        ("on", false),
        ("TRUE", false),
        ("false", true),
        ("0", true),
        ("no", true),
        ("off", true),
    ] {
        let variable = ("COUNTERSIGN_NO_MIGRATION_LOCK".into(), value.into());
        let config = config(&[], &Environment::new([variable]));
        assert_eq!(config.database.migration_lock, locks, "{value}");
    }
    let reported = errors(&[], &[("COUNTERSIGN_NO_MIGRATION_LOCK", "hunter2")]);
    assert_eq!(reported.len(), 1);
    assert!(reported[0].contains("NO_MIGRATION_LOCK: expected true, yes"), "{reported:?}");
}

#[test]
fn every_invalid_variable_is_reported() {
    let variables = ["COUNTERSIGN_LISTEN", "COUNTERSIGN_BODY_LIMIT", "COUNTERSIGN_LOG_LEVEL"];
    let reported = errors(&[], &variables.map(|name| (name, "hunter2")));
    assert_eq!(reported.len(), 3, "{reported:?}");
    for name in variables {
        assert!(
            reported.iter().any(|it| it.starts_with(&format!("the variable {name}: expected")))
        );
    }
}

#[test]
fn contradicting_settings_are_rejected() {
    for (arguments, sentence) in [
        (&["--session-idle-ttl=2h", "--session-ttl=1h"][..], "--session-idle-ttl (2h) exceeds"),
        (&["--session-idle-ttl=91days"], "exceeds --session-ttl (90days)"),
        (&["--token-ttl=2h", "--session-ttl=1h"], "--token-ttl (2h) exceeds --session-ttl"),
        (&["--token-ttl=2h", "--session-idle-ttl=1h"], "exceeds --session-idle-ttl (1h)"),
        (&["--refresh-grace=1m", "--session-idle-ttl=30s"], "--refresh-grace (1m) exceeds"),
        (&["--cors-origins=*,https://a.example"], "--cors-origins has * beside other origins"),
        (
            &["--audience=shop", "--assertion-audiences=wiki,shop"],
            "--assertion-audiences contains the --audience",
        ),
        (&["--mail=smtp"], "--mail smtp requires --smtp-url"),
        (&["--mail=inbox", "--smtp-url=smtps://a.example"], "--mail inbox and an SMTP URL"),
        (&["--smtp-url=smtps://a.example"], "mails require --public-url"),
        (
            &["--smtp-url=smtps://a.example", "--public-url=https://a.example"],
            "mails require a sender: set --mail-from",
        ),
        (&["--mail=off", "--login-codes"], "--login-codes requires mails"),
        (&["--notices=none,new-device"], "--notices has none beside others"),
        (&["--mail=off", "--email-verification=required"], "--email-verification requires mails"),
    ] {
        let reported = errors(arguments, &[]);
        assert_eq!(reported.len(), 1, "{reported:?}");
        assert!(reported[0].contains(sentence), "{reported:?}");
    }
    // A default is reduced.
    let config = config(&["--session-ttl=10s".to_owned()], &Environment::default());
    let ten = Duration::from_secs(10);
    assert_eq!(
        (config.sessions.idle, config.sessions.grace, config.tokens.lifetime),
        (ten, ten, ten)
    );
}

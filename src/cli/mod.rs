//! The command line.
//!
//! ```text
//! serve.rs         countersign serve, the default command
//! migrate.rs       countersign migrate
//! backup.rs        countersign backup
//! user/            countersign user …
//! token/           countersign token …
//! audit/           countersign audit …
//! mail.rs          countersign mail …
//! throttle.rs      countersign throttle …
//! oauth_client.rs  countersign oauth-client …
//! calibrate.rs     countersign calibrate
//! config/          countersign config …
//! reload.rs        what the service reads again at SIGHUP
//! openapi.rs       countersign openapi
//! key/             countersign key …
//! healthcheck.rs   countersign healthcheck
//! completions.rs   countersign completions
//! man.rs           countersign man
//! database.rs      the database of a command
//! gateway/         countersign gateway …
//! exit.rs          exit codes
//! output.rs        messages on standard output and standard error
//! signals.rs       signals of the service
//! service_manager.rs  sockets and notifications of systemd
//! ```

mod audit;
mod backup;
mod calibrate;
mod completions;
mod config;
mod database;
mod exit;
mod gateway;
mod healthcheck;
mod key;
mod mail;
mod man;
mod migrate;
mod oauth_client;
mod openapi;
mod output;
mod reload;
mod serve;
mod service_manager;
mod signals;
mod throttle;
mod token;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use self::backup::BackupFlags;
use self::config::ConfigFlags;
use self::exit::{EXIT_CODES, exit_with_config_errors};
use self::reload::Settings;
use crate::config::{
    self as configuration, CommandLineError, Config, ConfigError, ConfigFlag, DatabaseFlags,
    Environment, Parsed, ServeFlags,
};

/// An auth microservice: e-mail address and password in, signed JWT out
///
/// The default command is `serve`. Without flags it runs the demo on 127.0.0.1:8080; the log tells how
/// to log in.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    override_usage = "countersign [COMMAND] [OPTIONS]",
    after_long_help = EXIT_CODES
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
enum Command {
    /// Run the service (default)
    ///
    /// Each flag can be set as the variable beside it, or in the configuration file; a flag takes
    /// precedence over its variable, a variable over the file. The secret that signs tokens is set in a
    /// file or as the variable COUNTERSIGN_SECRET, never as a flag, since other users of the machine can
    /// read arguments.
    #[command(after_long_help = EXIT_CODES)]
    Serve(Box<ServeFlags>),

    /// Migrate the tables of the database
    ///
    /// `serve` does so at its start, too.
    #[command(after_long_help = EXIT_CODES)]
    Migrate(Box<DatabaseFlags>),

    /// Back up a SQLite database that may be in use
    ///
    /// Writes a consistent copy into a new file with mode 0600, and synchronizes it to the disk. For
    /// PostgreSQL use pg_dump.
    #[command(after_long_help = EXIT_CODES)]
    Backup(Box<BackupFlags>),

    /// Manage users in the configured database
    ///
    /// The service may be running; changes take effect there within a second.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    User(Box<user::UserFlags>),

    /// List, verify and prune the audit trail
    ///
    /// Audit events are stored in the database, in the transaction of the change that they are about.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Audit(Box<audit::AuditFlags>),

    /// List mails, and send them again
    ///
    /// Mails are stored in the database, in the transaction of the change that causes them. A mail that
    /// cannot be sent is tried again after 10s, 1m, 5m, 15m, and every hour, until its link expires or the
    /// server rejects it for good; then it is given up.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Mail(Box<mail::MailFlags>),

    /// List and clear the failed password checks that are throttled
    ///
    /// They are stored in the database, and shared by all instances within a second. Accounts are
    /// shown as keyed hashes of their e-mail addresses, as in the audit trail.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Throttle(Box<throttle::ThrottleFlags>),

    /// Manage the signing keys in the key file
    ///
    /// A running service reloads the file when it changes. The first key signs, all keys verify. To
    /// rotate keys without rejecting valid tokens: generate a key, wait until all verifiers have it,
    /// promote it, wait until the old tokens have expired, remove the old key.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Key(Box<key::KeyFlags>),

    /// Explain and issue tokens
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Token(Box<token::TokenFlags>),

    /// Manage OAuth clients
    ///
    /// OAuth clients are services that may introspect tokens. They are stored in a text file, which
    /// `serve --oauth-clients` reads at its start and at SIGHUP.
    #[command(name = "oauth-client", after_long_help = EXIT_CODES)]
    OAuthClient(oauth_client::OAuthClientFlags),

    /// Print the configuration of a reverse proxy that verifies each request
    ///
    /// Its requests reach the upstream with headers that tell who the user is; browsers without a session are
    /// sent to the sign-in page. The comment at the top of the configuration has the flags of `serve`.
    #[command(after_long_help = EXIT_CODES)]
    Gateway(Box<gateway::GatewayFlags>),

    /// Check and show the configuration of the service
    #[command(after_long_help = EXIT_CODES)]
    Config(ConfigFlags),

    /// Measure password hashing and propose cost parameters
    ///
    /// The output is a file of variables for `serve`. The proposal is never weaker than OWASP's
    /// minimum. Takes about ten seconds, during which the machine should be idle.
    #[command(after_long_help = EXIT_CODES)]
    Calibrate(calibrate::CalibrateFlags),

    /// Check whether the service responds, for containers and supervisors
    ///
    /// Exits with 0 if it does, and with 1 otherwise.
    #[command(after_long_help = EXIT_CODES)]
    Healthcheck(healthcheck::HealthcheckFlags),

    /// Print the completions of a shell
    ///
    /// For bash: countersign completions bash >/etc/bash_completion.d/countersign
    Completions(completions::CompletionsFlags),

    /// Write the manual pages, one for each command
    Man(man::ManFlags),

    /// Print the OpenAPI 3.1 document of the HTTP API
    ///
    /// Generators make clients from it. A running service has it at /openapi.json, and a page with it at
    /// /docs.
    #[command(after_long_help = EXIT_CODES)]
    Openapi,
}

/// Runs the command of the process arguments.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = with_default_command(std::env::args_os());
    let parsed = match parse(&arguments) {
        Ok(parsed) => parsed,
        Err(CommandLineError::Help(help)) => help.exit(),
        Err(CommandLineError::Invalid(errors)) => return exit_with_config_errors(&errors),
    };
    let command = match Cli::from_arg_matches(&parsed.matches) {
        Ok(Cli { command }) => command,
        Err(error) => error.exit(),
    };
    if !parsed.errors.is_empty() {
        return exit_with_config_errors(&all_errors(&command, parsed));
    }
    let environment = &parsed.environment;
    match command {
        Command::Serve(flags) => {
            let settings = Settings::new(*flags, &parsed);
            serve::run(settings, Box::new(move || read_settings(&arguments)))
        }
        Command::Config(flags) => config::run(&flags, &parsed),
        Command::Migrate(flags) => migrate::run(&flags, environment),
        Command::Backup(flags) => backup::run(&flags, environment),
        Command::User(flags) => user::run(*flags, environment),
        Command::Audit(flags) => audit::run(&flags, environment),
        Command::Mail(flags) => mail::run(&flags, environment),
        Command::Throttle(flags) => throttle::run(&flags, environment),
        Command::Token(flags) => token::run(*flags, environment),
        Command::OAuthClient(flags) => oauth_client::run(flags, environment),
        Command::Gateway(flags) => gateway::run(&flags),
        Command::Calibrate(flags) => calibrate::run(&flags),
        Command::Key(flags) => key::run(*flags, environment),
        Command::Healthcheck(flags) => healthcheck::run(&flags),
        Command::Completions(flags) => completions::run(&flags, self::command()),
        Command::Man(flags) => man::run(flags, self::command()),
        Command::Openapi => openapi::run(),
    }
}

fn parse(arguments: &[OsString]) -> Result<Parsed, CommandLineError> {
    configuration::parse(&command(), arguments, &Environment::of_process())
}

/// The settings of `serve`.
fn read_settings(arguments: &[OsString]) -> Result<Settings, Vec<ConfigError>> {
    let parsed = match parse(arguments) {
        Ok(parsed) if parsed.errors.is_empty() => parsed,
        Ok(Parsed { errors, .. }) | Err(CommandLineError::Invalid(errors)) => return Err(errors),
        Err(CommandLineError::Help(_)) => return Err(Vec::new()),
    };
    match Cli::from_arg_matches(&parsed.matches) {
        Ok(Cli { command: Command::Serve(flags) }) => Ok(Settings::new(*flags, &parsed)),
        Ok(_) | Err(_) => Err(Vec::new()),
    }
}

/// The errors of single settings, and of the files that the valid ones name.
fn all_errors(command: &Command, parsed: Parsed) -> Vec<ConfigError> {
    let flags = match command {
        Command::Serve(flags) => Some(&**flags),
        Command::Config(flags) => flags.of_check(),
        _ => None,
    };
    let further = flags.and_then(|flags| Config::new(flags, &parsed.environment).err());
    let mut errors = parsed.errors;
    errors.extend(further.into_iter().flatten().filter(ConfigError::is_of_one_setting));
    errors
}

/// All commands. Their help never shows the value of a variable, which may be a secret.
fn command() -> clap::Command {
    let own = Cli::command();
    let about = own.get_about().cloned().unwrap_or_default();
    let long_about = own.get_long_about().cloned().unwrap_or_default();
    // Takes those of the struct.
    let command = ConfigFlag::augment_args(own).about(about).long_about(long_about);
    configuration::each_argument(command, &|arg| arg.hide_env_values(true))
}

/// Inserts the default command.
fn with_default_command(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = given.collect();
    let is_flag_of_serve = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text.starts_with('-') && !matches!(&*text, "-h" | "--help" | "-V" | "--version")
    };
    // The configuration file may stand before the command.
    let first = match arguments.get(1).map(|argument| argument.to_string_lossy()) {
        Some(argument) if argument == "--config" => 3,
        Some(argument) if argument.starts_with("--config=") => 2,
        _ => 1,
    };
    if arguments.get(first).is_none_or(is_flag_of_serve) {
        arguments.insert(1.min(arguments.len()), "serve".into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn default_command_is_serve() {
        let completed =
            |given: &[&str]| with_default_command(given.iter().map(Into::into)).join(" ".as_ref());
        assert_eq!(completed(&["countersign"]), "countersign serve");
        assert_eq!(
            completed(&["countersign", "--token-ttl", "1m"]),
            "countersign serve --token-ttl 1m"
        );
        assert_eq!(completed(&["countersign", "--config", "c"]), "countersign serve --config c");
        for unchanged in [
            &["countersign", "--config", "c", "user", "list"][..],
            &["countersign", "--config=c", "migrate"],
            &["countersign", "--config", "c", "--help"],
        ] {
            assert_eq!(completed(unchanged), *unchanged.join(" "));
        }
        assert_eq!(completed(&["countersign", "--help"]), "countersign --help");
        assert_eq!(completed(&["countersign", "serve"]), "countersign serve");
    }
}

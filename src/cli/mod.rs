//! The command line.
//!
//! ```text
//! serve.rs         countersign serve, also what countersign alone does
//! migrate.rs       countersign migrate
//! backup.rs        countersign backup
//! user/            countersign user …
//! token/           countersign token …
//! client.rs        countersign client …
//! calibrate.rs     countersign calibrate
//! key/             countersign key …
//! database.rs      the database that a command works on
//! say.rs           what commands say, and to whom
//! signals.rs       what the service does when it is sent a signal
//! ```

mod backup;
mod calibrate;
mod client;
mod database;
mod key;
mod migrate;
mod say;
mod serve;
mod signals;
mod token;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::backup::BackupFlags;
use crate::config::{self, DatabaseFlags, Environment, Refusal, ServeFlags};

/// An auth microservice: e-mail and password in, signed JWT out.
///
/// Without a command it serves. Without a flag it serves the demo on 127.0.0.1:8080, and says in
/// its log how to log in.
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
    /// Run the service (the default)
    ///
    /// Every flag can be given as the variable beside it; a flag wins over its variable. The
    /// secret that signs tokens comes from a file or from the variable COUNTERSIGN_SECRET, never
    /// from a flag, since arguments can be seen by everybody on a machine.
    #[command(after_long_help = EXIT_CODES)]
    Serve(Box<ServeFlags>),

    /// Bring the tables of the database up to date, and exit
    ///
    /// `serve` does so at its start; this is for those who want to see it done before.
    #[command(after_long_help = EXIT_CODES)]
    Migrate(Box<DatabaseFlags>),

    /// Copy a SQLite database into a new file while it is in use
    ///
    /// The copy is the database as it was at one moment, in a file that only its owner can read.
    /// It is written to the disk when the command ends. For PostgreSQL there is pg_dump.
    #[command(after_long_help = EXIT_CODES)]
    Backup(Box<BackupFlags>),
    /// Look at users and change them, in the configured database
    ///
    /// It works beside a running service, for which the changes count within a second.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    User(Box<user::UserFlags>),

    /// Make and change the keys that sign tokens, in a file
    ///
    /// A running service sees the file change and uses its keys at once. The first key signs, all
    /// of them verify. To change keys without refusing a good token: generate, wait until everybody
    /// knows the new key, promote, wait until the old tokens have expired, remove.
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Key(Box<key::KeyFlags>),

    /// Say why a token is good or refused; issue one
    #[command(after_long_help = EXIT_CODES, mut_args(|arg| arg.global(true)))]
    Token(Box<token::TokenFlags>),

    /// Say which services may ask about tokens
    ///
    /// They are in a text file, which `serve --clients` reads at its start.
    #[command(after_long_help = EXIT_CODES)]
    Client(client::ClientFlags),

    /// Measure what password hashes take here, and propose what they may cost
    ///
    /// The output is a file of variables for `serve`. What is proposed is never cheaper than OWASP
    /// asks for. It takes about ten seconds, in which the machine should do nothing else.
    #[command(after_long_help = EXIT_CODES)]
    Calibrate(calibrate::CalibrateFlags),
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done; the service: ended by SIGTERM, SIGINT or SIGQUIT
  1  something failed while running, was refused, or is not there
  2  a flag, or the value of a flag or of its variable, is wrong
  3  there is a variable COUNTERSIGN_… that nothing reads
  4  the secret file cannot be read
  5  the secret is too short
  6  the secret is given twice, or beside keys
  7  there is no secret and no key, and something needs one: a listener that other machines can
     reach, or a database
  8  the address cannot be listened on
  9  the database cannot be used
  10 the key file cannot be used
  11 the file of the clients cannot be used
  128 + the signal's number after a second signal";

/// Does what the arguments of the process say.
#[must_use]
pub fn run() -> ExitCode {
    let typed = arguments(std::env::args_os());
    let matches = match config::parse(&command(), &typed, &Environment::of_process()) {
        Ok(matches) => matches,
        Err(Refusal::Help(help)) => help.exit(),
        Err(Refusal::Faults(faults)) => return say::refuse(&faults),
    };
    let command = match Cli::from_arg_matches(&matches) {
        Ok(Cli { command }) => command,
        Err(error) => error.exit(),
    };
    match command {
        Command::Serve(flags) => serve::run(&flags),
        Command::Migrate(flags) => migrate::run(&flags),
        Command::Backup(flags) => backup::run(&flags),
        Command::User(flags) => user::run(*flags),
        Command::Token(flags) => token::run(*flags),
        Command::Client(flags) => client::run(flags),
        Command::Calibrate(flags) => calibrate::run(&flags),
        Command::Key(flags) => key::run(*flags),
    }
}

/// All commands. No help shows the value of a variable, which may be a secret.
fn command() -> clap::Command {
    config::each_argument(Cli::command(), &|arg| arg.hide_env_values(true))
}

/// Puts in `serve` where no command is.
fn arguments(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<_> = given.collect();
    let is_flag_of_serve = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text.starts_with('-') && !matches!(&*text, "-h" | "--help" | "-V" | "--version")
    };
    if arguments.get(1).is_none_or(is_flag_of_serve) {
        arguments.insert(1.min(arguments.len()), "serve".into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn no_command_means_serve() {
        let completed = |given: &[&str]| arguments(given.iter().map(Into::into)).join(" ".as_ref());
        assert_eq!(completed(&["countersign"]), "countersign serve");
        assert_eq!(
            completed(&["countersign", "--token-ttl", "1m"]),
            "countersign serve --token-ttl 1m"
        );
        assert_eq!(completed(&["countersign", "--help"]), "countersign --help");
        assert_eq!(completed(&["countersign", "serve"]), "countersign serve");
    }
}

//! `countersign config`
//!
//! ```text
//! check.rs         config check
//! show.rs          config show
//! ```

mod check;
mod show;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::output::print;
use crate::config::{Parsed, ServeFlags, reference};

/// The flags of `countersign config`.
#[derive(Args, Debug)]
pub(super) struct ConfigFlags {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check the configuration of the service
    ///
    /// Takes the flags, the variables and the configuration file of `serve`, and reads the files that they
    /// name. All errors are printed, with the exit code of the first one. Neither the database nor the
    /// network is used.
    Check(Box<ServeFlags>),
    Show(Box<show::ShowFlags>),
    /// Print a configuration file with every option, its default and its help, as comments
    Reference,
}

pub(super) fn run(flags: &ConfigFlags, parsed: &Parsed) -> ExitCode {
    match &flags.command {
        ConfigCommand::Check(flags) => check::check(flags, &parsed.environment),
        ConfigCommand::Show(flags) => show::show(flags, parsed),
        ConfigCommand::Reference => {
            print(reference().trim_end());
            ExitCode::SUCCESS
        }
    }
}

impl ConfigFlags {
    /// The flags of `config check`.
    pub(super) fn of_check(&self) -> Option<&ServeFlags> {
        match &self.command {
            ConfigCommand::Check(flags) => Some(flags),
            ConfigCommand::Show(_) | ConfigCommand::Reference => None,
        }
    }
}

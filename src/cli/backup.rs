//! `countersign backup`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::database;
use super::exit::{Exit, exit_with_config_errors};
use super::output::{print, print_error};
use crate::config::{ConfigError, Database, DatabaseFlags, Environment};
use crate::files::explain;
use crate::store::sql::{BackupError, DatabaseUrl, back_up};

/// The flags of `countersign backup`.
#[derive(Args, Debug)]
pub(super) struct BackupFlags {
    /// New file; an existing one is never overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    database: DatabaseFlags,
}

pub(super) fn run(flags: &BackupFlags, environment: &Environment) -> ExitCode {
    let options = match database::options(&flags.database, environment) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    let from = match &options.database {
        Database::Sql(DatabaseUrl::Sqlite(path)) => path,
        Database::Sql(DatabaseUrl::Postgres(_)) => {
            print_error("back up PostgreSQL with its own tools, such as pg_dump");
            return Exit::Database.into();
        }
        Database::Memory => return exit_with_config_errors(&[ConfigError::NoDatabase]),
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            print_error(format_args!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let (source, file) = (from.display(), flags.file.display());
    match runtime.block_on(back_up(from, &flags.file, options.sql.timeout)) {
        Ok(()) => {
            print(format_args!("copied {source} to {file}"));
            ExitCode::SUCCESS
        }
        Err(error @ BackupError::Database(_)) => {
            print_error(format_args!("{source}: {error}"));
            Exit::Database.into()
        }
        Err(BackupError::Copy(error)) => {
            let error = explain(&flags.file, error);
            print_error(format_args!("cannot write the copy {file}: {error}"));
            ExitCode::FAILURE
        }
    }
}

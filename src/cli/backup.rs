//! `countersign backup`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::database;
use super::say::{complain, refuse, report};
use crate::config::{Database, DatabaseFlags, Fault};
use crate::files::explain;
use crate::store::sql::{BackupError, DatabaseUrl, back_up};

/// With what the command exits where the database cannot be used.
const UNUSABLE: u8 = 9;

/// What `countersign backup` can be told.
#[derive(Args, Debug)]
pub(super) struct BackupFlags {
    /// The new file. What is there already is never overwritten.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    database: DatabaseFlags,
}

pub(super) fn run(flags: &BackupFlags) -> ExitCode {
    let options = match database::options(&flags.database) {
        Ok(options) => options,
        Err(faults) => return refuse(&faults),
    };
    let from = match &options.database {
        Database::Sql(DatabaseUrl::Sqlite(path)) => path,
        Database::Sql(DatabaseUrl::Postgres(_)) => {
            complain("PostgreSQL is backed up with its own tools, such as pg_dump");
            return UNUSABLE.into();
        }
        Database::Memory => return refuse(&[Fault::NoDatabase]),
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(format_args!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let (source, file) = (from.display(), flags.file.display());
    match runtime.block_on(back_up(from, &flags.file, options.sql.timeout)) {
        Ok(()) => {
            report(format_args!("{source} was copied to {file}"));
            ExitCode::SUCCESS
        }
        Err(error @ BackupError::Database(_)) => {
            complain(format_args!("{source}: {error}"));
            UNUSABLE.into()
        }
        Err(BackupError::Copy(error)) => {
            let error = explain(&flags.file, error);
            complain(format_args!("{file}: the copy cannot be written: {error}"));
            ExitCode::FAILURE
        }
    }
}

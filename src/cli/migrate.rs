//! `countersign migrate`

use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::database;
use super::say::{complain, refuse, report};
use crate::clock::SystemClock;
use crate::config::{Database, DatabaseFlags, DatabaseOptions, Fault};
use crate::store::sql::{DatabaseUrl, SqlStore, Versions};

/// With what the command exits where the database cannot be used.
const UNUSABLE: u8 = 9;

pub(super) fn run(flags: &DatabaseFlags) -> ExitCode {
    let options = match database::options(flags) {
        Ok(options) => options,
        Err(faults) => return refuse(&faults),
    };
    let Database::Sql(url) = &options.database else { return refuse(&[Fault::NoDatabase]) };
    let migrated = match Runtime::new() {
        Ok(runtime) => runtime.block_on(migrate(url, &options)),
        Err(error) => {
            complain(format_args!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match migrated {
        Ok(Versions { before: Some(before), after }) if before == after => {
            report(format_args!("{url} was up to date, with migration {after}"));
            ExitCode::SUCCESS
        }
        Ok(Versions { before: None, after }) => {
            report(format_args!("{url} has its tables now, with migration {after}"));
            ExitCode::SUCCESS
        }
        Ok(Versions { before: Some(before), after }) => {
            report(format_args!("{url} was brought from migration {before} to {after}"));
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            complain(sentence);
            UNUSABLE.into()
        }
    }
}

/// What was done, or what is in the way.
async fn migrate(url: &DatabaseUrl, options: &DatabaseOptions) -> Result<Versions, String> {
    let store = SqlStore::new(url, options.sql, Arc::new(SystemClock))
        .map_err(|error| error.to_string())?;
    let migrated = store.migrate(options.migration_lock).await;
    store.close().await;
    migrated.map_err(|error| format!("{url}: {error}"))
}

//! `countersign migrate`

use std::process::ExitCode;

use tokio::runtime::Runtime;

use super::database;
use super::say::{complain, refuse, report};
use crate::config::{Database, DatabaseFlags, DatabaseOptions, Fault};
use crate::store::sql::{DatabaseUrl, SqlStore};

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
        Ok((before, after)) if before == after => {
            report(format_args!("{url:?} was up to date, with migration {after}"));
            ExitCode::SUCCESS
        }
        Ok((0, after)) => {
            report(format_args!("{url:?} has its tables now, with migration {after}"));
            ExitCode::SUCCESS
        }
        Ok((before, after)) => {
            report(format_args!("{url:?} was brought from migration {before} to {after}"));
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            complain(sentence);
            UNUSABLE.into()
        }
    }
}

/// The last migrations before and after, or what is in the way.
async fn migrate(url: &DatabaseUrl, options: &DatabaseOptions) -> Result<(i64, i64), String> {
    let store = SqlStore::new(url, options.sql).map_err(|error| error.to_string())?;
    let before = store.version().await.unwrap_or_default();
    let migrated = store.migrate(options.migration_lock).await;
    let after = store.version().await.unwrap_or_default();
    store.close().await;
    migrated.map(|()| (before, after)).map_err(|error| format!("{url:?}: {error}"))
}

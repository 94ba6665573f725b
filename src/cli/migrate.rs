//! `countersign migrate`

use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;

use super::database;
use super::exit::{Exit, exit_with_config_errors};
use super::output::{print, print_error};
use crate::clock::SystemClock;
use crate::config::{ConfigError, Database, DatabaseFlags, DatabaseOptions, Environment};
use crate::store::sql::{DatabaseUrl, SqlStore, Versions};

pub(super) fn run(flags: &DatabaseFlags, environment: &Environment) -> ExitCode {
    let options = match database::options(flags, environment) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    let Database::Sql(url) = &options.database else {
        return exit_with_config_errors(&[ConfigError::NoDatabase]);
    };
    let migrated = match Runtime::new() {
        Ok(runtime) => runtime.block_on(migrate(url, &options)),
        Err(error) => {
            print_error(format_args!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match migrated {
        Ok(Versions { before: Some(before), after }) if before == after => {
            print(format_args!("{url} is up to date at migration {after}"));
            ExitCode::SUCCESS
        }
        Ok(Versions { before: None, after }) => {
            print(format_args!("{url}: created the tables at migration {after}"));
            ExitCode::SUCCESS
        }
        Ok(Versions { before: Some(before), after }) => {
            print(format_args!("{url}: migrated from {before} to {after}"));
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            print_error(sentence);
            Exit::Database.into()
        }
    }
}

/// The versions before and after, or the error as a sentence.
async fn migrate(url: &DatabaseUrl, options: &DatabaseOptions) -> Result<Versions, String> {
    let store = SqlStore::new(url, options.sql, Arc::new(SystemClock))
        .map_err(|error| error.to_string())?;
    let migrated = store.migrate(options.migration_lock).await;
    store.close().await;
    migrated.map_err(|error| format!("{url}: {error}"))
}

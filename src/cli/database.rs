//! The database that a command works on, and who is meant in it.

use crate::config::{Database, DatabaseFlags, DatabaseOptions, Environment, Fault};
use crate::domain::{Email, UserId};
use crate::store::{Account, Store, StoreError};

/// The database that the flags and variables name, which must not be `memory:`; or everything that
/// is wrong with them.
pub(super) fn options(flags: &DatabaseFlags) -> Result<DatabaseOptions, Vec<Fault>> {
    let mut faults = Environment::of_process().unknown_variables();
    match DatabaseOptions::new(flags) {
        Ok(options) if matches!(options.database, Database::Memory) => {
            faults.push(Fault::NoDatabase);
        }
        Ok(options) if faults.is_empty() => return Ok(options),
        Ok(_) => {}
        Err(fault) => faults.push(fault),
    }
    Err(faults)
}

/// The user who is called `name`: by id where it is a number, by address otherwise.
pub(super) async fn find(store: &dyn Store, name: &str) -> Result<Option<Account>, StoreError> {
    match (name.parse(), Email::parse(name)) {
        (Ok(id), _) => store.by_id(UserId(id)).await,
        (_, Ok(email)) => store.by_email(&email).await,
        _ => Ok(None),
    }
}

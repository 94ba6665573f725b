//! The database of a command, and users in it.

use crate::config::{ConfigError, Database, DatabaseFlags, DatabaseOptions, Environment};
use crate::domain::{Email, UserId};
use crate::store::{Account, Store, StoreError};

/// The options of the configured database.
///
/// # Errors
///
/// All errors of the configuration; [`ConfigError::NoDatabase`] for `memory:`.
pub(super) fn options(
    flags: &DatabaseFlags,
    environment: &Environment,
) -> Result<DatabaseOptions, Vec<ConfigError>> {
    let mut errors = environment.unknown_variables();
    match DatabaseOptions::new(flags) {
        Ok(options) if matches!(options.database, Database::Memory) => {
            errors.push(ConfigError::NoDatabase);
        }
        Ok(options) if errors.is_empty() => return Ok(options),
        Ok(_) => {}
        Err(error) => errors.push(environment.locate(error)),
    }
    Err(errors)
}

/// The user with this id, or this e-mail address.
pub(super) async fn find(store: &dyn Store, name: &str) -> Result<Option<Account>, StoreError> {
    match (name.parse(), Email::parse(name)) {
        (Ok(id), _) => store.by_id(UserId(id)).await,
        (_, Ok(email)) => store.by_email(&email).await,
        _ => Ok(None),
    }
}

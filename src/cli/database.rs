//! The database that a command works on.

use crate::config::{Database, DatabaseFlags, DatabaseOptions, Environment, Fault};

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

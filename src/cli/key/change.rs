//! `countersign key promote` and `remove`

use clap::Args;

use super::cabinet::Cabinet;
use super::error::KeyCommandError;
use super::name::Name;
use crate::cli::say::report;

/// Let a key sign from now on; the one that has signed verifies
///
/// Everybody who verifies has to know the key by then: services may keep the public keys for five
/// minutes.
#[derive(Args, Debug)]
pub(super) struct PromoteFlags {
    /// The kid of the key, or its beginning.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    key: Name,
}

/// Take a key out of the file; what it signed is void from now on
///
/// The key that signs stays: promote another one first.
#[derive(Args, Debug)]
pub(super) struct RemoveFlags {
    /// The kid of the key, or its beginning.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    key: Name,
}

pub(super) fn promote(cabinet: &Cabinet, flags: &PromoteFlags) -> Result<(), KeyCommandError> {
    let id = cabinet.change(|keys| {
        let id = flags.key.find(keys)?.id().to_owned();
        keys.promote(&id);
        Ok(id)
    })?;
    report(format_args!("{id} signs"));
    Ok(())
}

pub(super) fn remove(cabinet: &Cabinet, flags: &RemoveFlags) -> Result<(), KeyCommandError> {
    let id = cabinet.change(|keys| {
        let id = flags.key.find(keys)?.id().to_owned();
        if keys.remove(&id) { Ok(id) } else { Err(KeyCommandError::Signs(id)) }
    })?;
    report(format_args!("{id} was removed"));
    Ok(())
}

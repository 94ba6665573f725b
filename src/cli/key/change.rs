//! `countersign key promote`, `remove` and `replace`

use clap::Args;

use super::cabinet::Cabinet;
use super::error::KeyCommandError;
use super::name::Name;
use crate::cli::output::print;
use crate::token::{Key, KeyAlgorithm};

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

/// Put a new key in the place of one that has leaked
///
/// In one step: the new key signs, and the old one is gone, so that whoever has it cannot use it to
/// get anything from the new one. What it signed is void from now on, and so are its sessions.
#[derive(Args, Debug)]
pub(super) struct ReplaceFlags {
    /// The kid of the key, or its beginning.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    key: Name,

    /// What the new key signs with; what the old one does where nothing is said.
    #[arg(long, value_name = "ALGORITHM", value_enum, ignore_case = true)]
    alg: Option<KeyAlgorithm>,
}

pub(super) fn promote(cabinet: &Cabinet, flags: &PromoteFlags) -> Result<(), KeyCommandError> {
    let id = cabinet.change(|keys| {
        let id = flags.key.find(keys)?.id().to_owned();
        keys.promote(&id);
        Ok(id)
    })?;
    print(format_args!("{id} signs"));
    Ok(())
}

pub(super) fn remove(cabinet: &Cabinet, flags: &RemoveFlags) -> Result<(), KeyCommandError> {
    let id = cabinet.change(|keys| {
        let id = flags.key.find(keys)?.id().to_owned();
        if keys.remove(&id) { Ok(id) } else { Err(KeyCommandError::Signs(id)) }
    })?;
    print(format_args!("{id} was removed"));
    Ok(())
}

pub(super) fn replace(cabinet: &Cabinet, flags: &ReplaceFlags) -> Result<(), KeyCommandError> {
    let (old, new) = cabinet.change(|keys| {
        let old = flags.key.find(keys)?;
        let (old, algorithm) = (old.id().to_owned(), flags.alg.unwrap_or(old.algorithm()));
        let key = Key::generate(algorithm)?;
        let new = key.id().to_owned();
        let path = cabinet.path().to_owned();
        keys.add(key).map_err(|source| KeyCommandError::Set { path, source })?;
        keys.promote(&new);
        keys.remove(&old);
        Ok((old, new))
    })?;
    print(format_args!("{old} was removed, and {new} signs"));
    Ok(())
}

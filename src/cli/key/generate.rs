//! `countersign key generate`

use clap::Args;

use super::cabinet::Cabinet;
use super::error::KeyCommandError;
use crate::cli::output::print;
use crate::token::{Key, KeyAlgorithm};

/// Make a new key
///
/// It goes behind the others: it verifies and is published, and signs when it is promoted. In a new
/// file it is the only key, and signs. The file is then for its owner alone.
#[derive(Args, Debug)]
pub(super) struct GenerateFlags {
    /// What it signs with.
    #[arg(long, value_name = "ALGORITHM", value_enum, ignore_case = true, default_value = "EdDSA")]
    alg: KeyAlgorithm,
}

pub(super) fn generate(cabinet: &Cabinet, flags: &GenerateFlags) -> Result<(), KeyCommandError> {
    add(cabinet, Key::generate(flags.alg)?)
}

/// Adds a key, and says what it does from now on.
pub(super) fn add(cabinet: &Cabinet, key: Key) -> Result<(), KeyCommandError> {
    let (id, algorithm) = (key.id().to_owned(), key.algorithm());
    let does = if cabinet.add(key)? { "signs" } else { "verifies, and signs when it is promoted" };
    print(format_args!("{id} ({algorithm}) is in {} and {does}", cabinet.path().display()));
    Ok(())
}

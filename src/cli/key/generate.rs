//! `countersign key generate`

use clap::Args;

use super::algorithm::AlgorithmArg;
use super::editor::KeyFileEditor;
use super::error::KeyCommandError;
use crate::cli::output::print;
use crate::keys::SigningKey;

/// Generate a key
///
/// It is appended: it verifies and is published, and signs once it is promoted. If the file does not
/// exist, it is created with mode 0600, and the key is its signing key.
#[derive(Args, Debug)]
pub(super) struct GenerateFlags {
    /// The algorithm of the key.
    #[arg(long, value_name = "ALGORITHM", value_enum, ignore_case = true, default_value = "EdDSA")]
    alg: AlgorithmArg,
}

pub(super) fn generate(
    editor: &KeyFileEditor,
    flags: &GenerateFlags,
) -> Result<(), KeyCommandError> {
    add(editor, SigningKey::generate(flags.alg.into())?)
}

/// Appends a key and reports its use.
pub(super) fn add(editor: &KeyFileEditor, key: SigningKey) -> Result<(), KeyCommandError> {
    let (kid, algorithm) = (key.kid().to_owned(), key.algorithm());
    let used =
        if editor.add(key)? { "the signing key" } else { "a verification key until promoted" };
    print(format_args!("{kid} ({algorithm}) added to {} as {used}", editor.path().display()));
    Ok(())
}

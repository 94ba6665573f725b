//! `countersign key promote`, `remove` and `replace`

use clap::Args;

use super::algorithm::AlgorithmArg;
use super::editor::KeyFileEditor;
use super::error::KeyCommandError;
use super::kid_prefix::KidPrefix;
use crate::cli::output::print;
use crate::keys::SigningKey;

/// Make a key the signing key; the previous one still verifies
///
/// Every verifier must have the new key before: services cache the public keys for up to five minutes.
#[derive(Args, Debug)]
pub(super) struct PromoteFlags {
    /// The kid of the key, or a prefix of it.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    key: KidPrefix,
}

/// Remove a key; its tokens and sessions become invalid
///
/// The signing key cannot be removed: promote another one first.
#[derive(Args, Debug)]
pub(super) struct RemoveFlags {
    /// The kid of the key, or a prefix of it.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    key: KidPrefix,
}

/// Replace a leaked key by a new signing key
///
/// In one step, so that the leaked key cannot be used to obtain tokens of the new one. The tokens and
/// sessions of the leaked key become invalid.
#[derive(Args, Debug)]
pub(super) struct ReplaceFlags {
    /// The kid of the key, or a prefix of it.
    #[arg(value_name = "KID", allow_hyphen_values = true)]
    key: KidPrefix,

    /// The algorithm of the new key. Default: that of the replaced key.
    #[arg(long, value_name = "ALGORITHM", value_enum, ignore_case = true)]
    alg: Option<AlgorithmArg>,
}

pub(super) fn promote(editor: &KeyFileEditor, flags: &PromoteFlags) -> Result<(), KeyCommandError> {
    let kid = editor.change(|keys| {
        let kid = flags.key.find(keys)?.kid().to_owned();
        keys.promote(&kid);
        Ok(kid)
    })?;
    print(format_args!("{kid} is the signing key"));
    Ok(())
}

pub(super) fn remove(editor: &KeyFileEditor, flags: &RemoveFlags) -> Result<(), KeyCommandError> {
    let kid = editor.change(|keys| {
        let kid = flags.key.find(keys)?.kid().to_owned();
        if keys.remove(&kid) { Ok(kid) } else { Err(KeyCommandError::SigningKey(kid)) }
    })?;
    print(format_args!("removed {kid}"));
    Ok(())
}

pub(super) fn replace(editor: &KeyFileEditor, flags: &ReplaceFlags) -> Result<(), KeyCommandError> {
    let (old, new) = editor.change(|keys| {
        let old = flags.key.find(keys)?;
        let (old, algorithm) =
            (old.kid().to_owned(), flags.alg.map_or(old.algorithm(), Into::into));
        let key = SigningKey::generate(algorithm)?;
        let new = key.kid().to_owned();
        let path = editor.path().to_owned();
        keys.add(key).map_err(|source| KeyCommandError::Set { path, source })?;
        keys.promote(&new);
        keys.remove(&old);
        Ok((old, new))
    })?;
    print(format_args!("replaced {old} by the signing key {new}"));
    Ok(())
}

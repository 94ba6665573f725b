//! `countersign key import`

use std::path::PathBuf;

use clap::Args;

use super::editor::KeyFileEditor;
use super::error::KeyCommandError;
use super::generate;
use crate::config::{ConfigError, Environment};
use crate::files;
use crate::keys::SigningKey;

/// The maximum length of a PEM file in bytes.
const MAX_LENGTH: u64 = 64 * 1024;

/// Import a private key in PEM, or the shared secret
///
/// It is appended like a generated key; in a new file it is the signing key.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
pub(super) struct ImportFlags {
    /// A private key in PEM, not encrypted: PKCS #8, SEC 1 or PKCS #1; Ed25519, P-256 or RSA of
    /// 2048 to 8192 bits.
    #[arg(value_name = "FILE", required_unless_present = "secret")]
    file: Option<PathBuf>,

    /// Import the secret of COUNTERSIGN_SECRET or --secret-file as an HS256 key.
    #[arg(long, conflicts_with = "file")]
    secret: bool,

    /// A file with the secret, as `serve` reads it.
    #[arg(long, env = "COUNTERSIGN_SECRET_FILE", value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

pub(super) fn import(
    editor: &KeyFileEditor,
    flags: &ImportFlags,
    environment: &Environment,
) -> Result<(), KeyCommandError> {
    let Some(path) = &flags.file else {
        let secret =
            environment.secret(flags.secret_file.as_deref())?.ok_or(ConfigError::NoSecret)?;
        return generate::add(editor, SigningKey::from_secret(&secret));
    };
    let pem = files::read(path, MAX_LENGTH)
        .map_err(|source| KeyCommandError::UnreadablePem { path: path.clone(), source })?;
    let key = SigningKey::from_pem(&pem)
        .map_err(|source| KeyCommandError::InvalidPem { path: path.clone(), source })?;
    generate::add(editor, key)
}

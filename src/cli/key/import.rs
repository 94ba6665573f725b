//! `countersign key import`

use std::path::PathBuf;

use clap::Args;

use super::cabinet::Cabinet;
use super::error::KeyCommandError;
use super::generate;
use crate::config::{ConfigError, Environment};
use crate::files;
use crate::token::Key;

/// No private key in PEM is longer, in bytes; what is, is the wrong file.
const LONGEST: u64 = 64 * 1024;

/// Take a key from elsewhere: a private key in PEM, or the secret that has signed so far
///
/// It goes behind the others, as a new one does; in a new file it signs.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "these are help texts")]
pub(super) struct ImportFlags {
    /// A private key in PEM, not encrypted: PKCS #8, SEC 1 or PKCS #1; Ed25519, P-256 or RSA of
    /// 2048 to 8192 bits.
    #[arg(value_name = "FILE", required_unless_present = "secret")]
    file: Option<PathBuf>,

    /// Import the secret of COUNTERSIGN_SECRET or --secret-file, as a key of HS256.
    #[arg(long, conflicts_with = "file")]
    secret: bool,

    /// A file with the secret, as `serve` reads it.
    #[arg(long, env = "COUNTERSIGN_SECRET_FILE", value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

pub(super) fn import(
    cabinet: &Cabinet,
    flags: &ImportFlags,
    environment: &Environment,
) -> Result<(), KeyCommandError> {
    let Some(path) = &flags.file else {
        let secret =
            environment.secret(flags.secret_file.as_deref())?.ok_or(ConfigError::NoSecret)?;
        return generate::add(cabinet, Key::from_secret(&secret));
    };
    let pem = files::read(path, LONGEST)
        .map_err(|source| KeyCommandError::UnreadablePem { path: path.clone(), source })?;
    let key = Key::from_pem(&pem)
        .map_err(|source| KeyCommandError::BadPem { path: path.clone(), source })?;
    generate::add(cabinet, key)
}

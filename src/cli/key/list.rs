//! `countersign key list`

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::editor::KeyFileEditor;
use super::error::KeyCommandError;

/// List the keys, the signing key first
#[derive(Args, Debug)]
pub(super) struct ListFlags {
    /// Print JSON Lines, one object a key.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ListedKey<'a> {
    kid: &'a str,
    alg: &'static str,
    signs: bool,
}

pub(super) fn list(editor: &KeyFileEditor, flags: &ListFlags) -> Result<(), KeyCommandError> {
    let keys = editor.read()?;
    let signing = keys.signing_key().kid();
    let mut output = io::stdout().lock();
    if !flags.json {
        writeln!(output, "{:43}  {:9}  used to", "kid", "algorithm")?;
    }
    for key in keys.iter() {
        let row =
            ListedKey { kid: key.kid(), alg: key.algorithm().name(), signs: key.kid() == signing };
        if flags.json {
            writeln!(output, "{}", serde_json::to_string(&row).map_err(io::Error::from)?)?;
        } else {
            let does = if row.signs { "sign and verify" } else { "verify" };
            writeln!(output, "{:43}  {:9}  {does}", row.kid, row.alg)?;
        }
    }
    Ok(())
}

//! `countersign key list`

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::cabinet::Cabinet;
use super::error::KeyCommandError;

/// List the keys: what they are called, and which one signs
#[derive(Args, Debug)]
pub(super) struct ListFlags {
    /// Print JSON Lines: an object for each key.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    kid: &'a str,
    alg: &'static str,
    signs: bool,
}

pub(super) fn list(cabinet: &Cabinet, flags: &ListFlags) -> Result<(), KeyCommandError> {
    let keys = cabinet.read()?;
    let signing = keys.signing().id();
    let mut output = io::stdout().lock();
    if !flags.json {
        writeln!(output, "{:43}  {:9}  used to", "kid", "algorithm")?;
    }
    for key in keys.iter() {
        let row = Row { kid: key.id(), alg: key.algorithm().name(), signs: key.id() == signing };
        if flags.json {
            writeln!(output, "{}", serde_json::to_string(&row).map_err(io::Error::from)?)?;
        } else {
            let does = if row.signs { "sign and verify" } else { "verify" };
            writeln!(output, "{:43}  {:9}  {does}", row.kid, row.alg)?;
        }
    }
    Ok(())
}

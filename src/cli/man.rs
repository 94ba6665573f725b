//! `countersign man`

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::exit::{CommandError, Exit, exit_code};
use crate::files::explain;

/// The flags of `countersign man`.
#[derive(Args, Debug)]
pub(super) struct ManFlags {
    /// Existing folder for the pages, such as /usr/local/share/man/man1
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// The pages cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write manual pages into {}: {error}", .folder.display())]
struct ManError {
    folder: PathBuf,
    error: io::Error,
}

impl CommandError for ManError {
    fn exit(&self) -> Exit {
        Exit::Failure
    }
}

/// Writes the manual pages of `command` and of its subcommands.
pub(super) fn run(flags: ManFlags, command: clap::Command) -> ExitCode {
    let folder = flags.folder;
    let result = clap_mangen::generate_to(command, &folder).map_err(|error| {
        let error = explain(&folder, error);
        ManError { folder, error }
    });
    exit_code(result.map(|()| ExitCode::SUCCESS))
}

//! What commands say, and to whom.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::config::Fault;

/// Says on standard error, as clap does, why nothing comes of a command.
pub(super) fn complain(sentence: impl Display) {
    // Where standard error is closed nobody listens, and the exit code remains.
    let _ = writeln!(io::stderr(), "error: {sentence}");
}

/// Complains of each fault; the first decides the exit code.
pub(super) fn refuse(faults: &[Fault]) -> ExitCode {
    for fault in faults {
        complain(fault);
    }
    faults.first().map_or(1, Fault::exit_code).into()
}

/// Says on standard output what was done.
pub(super) fn report(sentence: impl Display) {
    let _ = writeln!(io::stdout(), "{sentence}");
}

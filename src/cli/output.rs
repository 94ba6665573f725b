//! Messages on standard output and standard error.

use std::fmt::Display;
use std::io::{self, Write};

/// Prints an error on standard error, in clap's format.
pub(super) fn print_error(error: impl Display) {
    // If standard error is closed, the exit code remains.
    let _ = writeln!(io::stderr(), "error: {error}");
}

/// Prints a warning on standard error.
pub(super) fn print_warning(warning: impl Display) {
    let _ = writeln!(io::stderr(), "warning: {warning}");
}

/// Prints a result on standard output.
pub(super) fn print(result: impl Display) {
    let _ = writeln!(io::stdout(), "{result}");
}

//! `countersign openapi`

use std::io::{self, Write};
use std::process::ExitCode;

use super::output::print_error;
use crate::http::OPENAPI;

pub(super) fn run() -> ExitCode {
    match io::stdout().write_all(OPENAPI.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        // Such as that of `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            print_error(format_args!("cannot write the document: {error}"));
            ExitCode::FAILURE
        }
    }
}

//! `countersign completions`

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use clap_complete::{Shell, generate};

/// The flags of `countersign completions`.
#[derive(Args, Debug)]
pub(super) struct CompletionsFlags {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

/// Prints the completions of `command`.
pub(super) fn run(flags: &CompletionsFlags, mut command: clap::Command) -> ExitCode {
    let mut script = Vec::new();
    generate(flags.shell, &mut command, "countersign", &mut script);
    // As for other commands, a reader that has closed the pipe is no error.
    let _ = io::stdout().write_all(&script);
    ExitCode::SUCCESS
}

//! `countersign config show`

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use crate::cli::exit::{CommandError, Exit, exit_code, exit_with_config_errors};
use crate::config::{EffectiveOption, OptionKind, Origin, Parsed, ServeFlags, effective_toml};
use crate::domain::write_json_line;

/// Show the effective value of every option, and where it comes from
///
/// Takes the flags, the variables and the configuration file of `serve`. The output is a configuration
/// file, with the origin of each value as a comment: its flag, its variable, a line of the configuration
/// file, or the default. Secrets are redacted.
#[derive(Args, Debug)]
pub(super) struct ShowFlags {
    /// Print JSON Lines, one object per option
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    serve: ServeFlags,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot write: {0}")]
struct OutputError(#[from] io::Error);

impl CommandError for OutputError {
    fn exit(&self) -> Exit {
        Exit::Failure
    }

    fn is_closed_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// The JSON object of an option.
#[derive(Serialize)]
struct OptionJson<'a> {
    key: &'a str,
    value: Option<ValueJson<'a>>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    variable: &'a str,
    default: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueJson<'a> {
    Boolean(bool),
    One(&'a str),
    List(&'a [String]),
}

pub(super) fn show(flags: &ShowFlags, parsed: &Parsed) -> ExitCode {
    let unknown = parsed.environment.unknown_variables();
    if !unknown.is_empty() {
        return exit_with_config_errors(&unknown);
    }
    let options = parsed.effective();
    let mut output = io::stdout().lock();
    let written = if flags.json {
        options.iter().try_for_each(|option| write_json_line(&mut output, &OptionJson::of(option)))
    } else {
        output.write_all(effective_toml(&options).as_bytes())
    };
    exit_code(written.map(|()| ExitCode::SUCCESS).map_err(OutputError))
}

impl<'a> OptionJson<'a> {
    fn of(effective: &'a EffectiveOption) -> Self {
        let EffectiveOption { option, origin, shown, .. } = effective;
        let value = shown.as_deref().map(|shown| match (option.kind, shown) {
            (OptionKind::List, values) => ValueJson::List(values),
            (OptionKind::Boolean, [value]) => ValueJson::Boolean(value == "true"),
            (_, [value, ..]) => ValueJson::One(value),
            (_, []) => ValueJson::One(""),
        });
        let (origin, place) = match origin {
            Origin::Flag => ("flag", None),
            Origin::Variable => ("variable", None),
            Origin::File(place) => ("file", Some(place)),
            Origin::Default => ("default", None),
        };
        Self {
            key: &option.key,
            value,
            origin,
            file: place.map(|place| place.path.display().to_string()),
            line: place.map(|place| place.line),
            variable: &option.variable,
            default: option.default_text(),
        }
    }
}

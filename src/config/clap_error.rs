//! The errors of clap, as sentences that never repeat a value, which may be a secret.

use std::error::Error;

use clap::error::{ContextKind, ErrorKind};

/// The sentence for invalid arguments, followed by the usage.
pub(super) fn argument_message(error: &clap::Error) -> String {
    let names = text(error, ContextKind::InvalidArg);
    let suggestion = |kind| match text(error, kind) {
        known if known.is_empty() => String::new(),
        known => format!("; did you mean {known}?"),
    };
    let sentence = match error.kind() {
        ErrorKind::UnknownArgument if is_flag(&names) => {
            let flag = names.split('=').next().unwrap_or_default();
            format!("unknown flag {flag}{}", suggestion(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument if names.starts_with('-') => {
            "unknown flag (not repeated, since it may be a secret)".to_owned()
        }
        ErrorKind::UnknownArgument => {
            "unexpected argument (not repeated, since it may be a secret; passwords and secrets are \
             read from standard input, a file or a variable, never from an argument)"
                .to_owned()
        }
        ErrorKind::InvalidSubcommand => {
            format!("unknown command{}", suggestion(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("missing argument {names}"),
        ErrorKind::ArgumentConflict if names == text(error, ContextKind::PriorArg) => {
            format!("{} is set more than once", flag_name(&names))
        }
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg);
            format!("{} and {} are both set; set only one of them", flag_name(&names), flag_name(&other))
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".to_owned(),
        _ if names.is_empty() => "invalid arguments".to_owned(),
        _ => format!("{}: {}", flag_name(&names), value_message(error)),
    };
    match error.get(ContextKind::Usage) {
        Some(usage) => format!("{sentence}\n\n{usage}\n\nFor more information, try '--help'."),
        None => format!("{sentence}\n\nFor more information, try '--help'."),
    }
}

/// The sentence for the invalid value of a flag or of its variable.
pub(super) fn value_message(error: &clap::Error) -> String {
    let is_empty = text(error, ContextKind::InvalidValue).is_empty();
    match (error.kind(), error.source()) {
        (ErrorKind::ValueValidation, Some(reason)) => reason.to_string(),
        (ErrorKind::InvalidValue, _) if is_empty => "missing value".to_owned(),
        (ErrorKind::InvalidValue, _) => {
            format!("expected one of: {}", text(error, ContextKind::ValidValue))
        }
        (ErrorKind::TooManyValues, _) => "unexpected value".to_owned(),
        _ => "invalid value".to_owned(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    error.get(kind).map(ToString::to_string).unwrap_or_default()
}

/// The flag of `--listen <ADDRESS:PORT>`, or the name of a positional argument such as `<FILE>`.
fn flag_name(argument: &str) -> &str {
    let flag = argument.split(' ').next().unwrap_or_default();
    flag.trim_matches(['<', '>', '[', ']'])
}

/// Whether an argument is a flag, and not a secret that begins with a dash.
fn is_flag(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    match text.split('=').next().and_then(|flag| flag.strip_prefix("--")) {
        Some(flag) => flag.len() <= 30 && flag.split('-').all(is_word),
        None => text.strip_prefix('-').is_some_and(|flag| flag.len() == 1),
    }
}

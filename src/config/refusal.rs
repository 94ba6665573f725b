//! What clap refuses, in sentences that repeat nothing of a value, for it may be a secret.

use std::error::Error;

use clap::error::{ContextKind, ErrorKind};

/// What is wrong with the arguments, with the usage where it helps.
pub(super) fn of_arguments(error: &clap::Error) -> String {
    let names = text(error, ContextKind::InvalidArg);
    let suggestion = |kind| match text(error, kind) {
        known if known.is_empty() => String::new(),
        known => format!("; did you mean {known}?"),
    };
    let sentence = match error.kind() {
        ErrorKind::UnknownArgument if is_flag(&names) => {
            let flag = names.split('=').next().unwrap_or_default();
            format!("there is no flag {flag}{}", suggestion(ContextKind::SuggestedArg))
        }
        ErrorKind::UnknownArgument if names.starts_with('-') => {
            "there is a flag that does not exist (it is not repeated, since it may be a secret)"
                .to_owned()
        }
        ErrorKind::UnknownArgument => {
            "there is an argument too many (it is not repeated, since it may be a secret; \
             passwords and secrets are read from standard input, a file or a variable, never from \
             an argument)"
                .to_owned()
        }
        ErrorKind::InvalidSubcommand => {
            format!("there is no such command{}", suggestion(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::MissingRequiredArgument => format!("{names} is missing"),
        ErrorKind::ArgumentConflict if names == text(error, ContextKind::PriorArg) => {
            format!("{} is given more than once", flag_of(&names))
        }
        ErrorKind::ArgumentConflict => {
            let other = text(error, ContextKind::PriorArg);
            format!("{} and {} are both given; give one of them", flag_of(&names), flag_of(&other))
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".to_owned(),
        _ if names.is_empty() => "the arguments cannot be read".to_owned(),
        _ => format!("{}: {}", flag_of(&names), of_value(error)),
    };
    match error.get(ContextKind::Usage) {
        Some(usage) => format!("{sentence}\n\n{usage}\n\nFor more information, try '--help'."),
        None => format!("{sentence}\n\nFor more information, try '--help'."),
    }
}

/// What is wrong with the value of a flag or of its variable.
pub(super) fn of_value(error: &clap::Error) -> String {
    let is_empty = text(error, ContextKind::InvalidValue).is_empty();
    match (error.kind(), error.source()) {
        (ErrorKind::ValueValidation, Some(reason)) => reason.to_string(),
        (ErrorKind::InvalidValue, _) if is_empty => "a value is missing".to_owned(),
        (ErrorKind::InvalidValue, _) => {
            format!("expected one of: {}", text(error, ContextKind::ValidValue))
        }
        (ErrorKind::TooManyValues, _) => "it takes no value".to_owned(),
        _ => "its value cannot be used".to_owned(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    error.get(kind).map(ToString::to_string).unwrap_or_default()
}

/// The flag of `--listen <ADDRESS:PORT>`, and the name of an operand such as `<FILE>`.
fn flag_of(argument: &str) -> &str {
    let flag = argument.split(' ').next().unwrap_or_default();
    flag.trim_matches(['<', '>', '[', ']'])
}

/// Whether a text that was typed is a flag, and no secret that begins with a dash.
fn is_flag(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    match text.split('=').next().and_then(|flag| flag.strip_prefix("--")) {
        Some(flag) => flag.len() <= 30 && flag.split('-').all(is_word),
        None => text.strip_prefix('-').is_some_and(|flag| flag.len() == 1),
    }
}

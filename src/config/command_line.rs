//! Parses the arguments and the variables of a command together.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, Resettable, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::clap_error;
use super::environment::Environment;
use super::error::ConfigError;

/// Why there is no command to run.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommandLineError {
    /// The help or the version was requested, or the command is missing.
    Help(Box<clap::Error>),
    /// The arguments or variables are invalid.
    Invalid(Vec<ConfigError>),
}

/// A variable that stands in for a flag that is not among the arguments.
struct Variable {
    name: String,
    /// Its flag, such as `--listen`.
    flag: String,
    /// The equivalent argument; `None` for a Boolean flag that is off, or an empty list.
    argument: Option<OsString>,
}

/// Parses `arguments` (the program name first) and the variables of flags that are not among them.
/// An empty variable counts as unset; white space around a value, and around the elements of a list,
/// is ignored.
///
/// clap does not read the variables itself: it would take an empty one for a value, and repeat
/// values in its errors.
///
/// # Errors
///
/// [`CommandLineError`], with all invalid variables.
pub fn parse(
    command: &Command,
    arguments: &[OsString],
    environment: &Environment,
) -> Result<ArgMatches, CommandLineError> {
    let parse_error = |error: clap::Error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => {
            // From the original command, whose help names the variables.
            let help = command.clone().try_get_matches_from(arguments).err();
            CommandLineError::Help(Box::new(help.unwrap_or(error)))
        }
        _ => CommandLineError::Invalid(vec![ConfigError::InvalidArgument(
            clap_error::argument_message(&error),
        )]),
    };
    let without_variables = each_argument(command.clone(), &|arg| match arg.get_env() {
        Some(_) => arg.env(Resettable::Reset).required(false),
        None => arg,
    });
    let typed = without_variables.try_get_matches_from(arguments).map_err(parse_error)?;
    let (mut variables, mut errors) = variables(command, &typed, environment);
    let strict = each_argument(command.clone(), &|arg| arg.env(Resettable::Reset));
    loop {
        let all = with_variables(arguments, &variables);
        let error = match strict.clone().try_get_matches_from(all) {
            Ok(matches) if errors.is_empty() => return Ok(matches),
            Ok(_) => return Err(CommandLineError::Invalid(errors)),
            Err(error) => error,
        };
        match variables.iter().position(|variable| variable.is_cause_of(&error)) {
            Some(number) => {
                let Variable { name, .. } = variables.remove(number);
                errors.push(ConfigError::InvalidVariable {
                    name,
                    reason: clap_error::value_message(&error),
                });
            }
            None if errors.is_empty() => return Err(parse_error(error)),
            None => return Err(CommandLineError::Invalid(errors)),
        }
    }
}

/// Changes each argument of a command and of its subcommands.
pub fn each_argument(command: Command, change: &impl Fn(Arg) -> Arg) -> Command {
    command.mut_args(change).mut_subcommands(|below| each_argument(below, change))
}

/// The variables of the flags that are not among the arguments, and the errors of invalid ones.
fn variables(
    command: &Command,
    typed: &ArgMatches,
    environment: &Environment,
) -> (Vec<Variable>, Vec<ConfigError>) {
    let mut flags = Vec::new();
    let mut level = Some((command, typed));
    while let Some((command, matches)) = level {
        let here = command.get_arguments().filter(|flag| flag.get_env().is_some());
        // A global flag is found at each level.
        flags.extend(here.filter(|flag| {
            matches.value_source(flag.get_id().as_str()) != Some(ValueSource::CommandLine)
        }));
        level = matches
            .subcommand()
            .and_then(|(name, below)| Some((command.find_subcommand(name)?, below)));
    }
    let (mut variables, mut errors) = (Vec::new(), Vec::new());
    for flag in flags {
        let (Some(name), Some(long)) = (flag.get_env(), flag.get_long()) else { continue };
        let name = name.to_string_lossy().into_owned();
        let Some(value) = environment.value(&name) else { continue };
        match argument(flag, long, value) {
            Ok(argument) => variables.push(Variable { name, flag: format!("--{long}"), argument }),
            Err(reason) => {
                errors.push(ConfigError::InvalidVariable { name, reason: reason.to_owned() });
            }
        }
    }
    (variables, errors)
}

/// The argument that is equivalent to a variable.
fn argument(flag: &Arg, long: &str, value: &OsStr) -> Result<Option<OsString>, &'static str> {
    let mut argument = OsString::from(format!("--{long}"));
    if !flag.get_action().takes_values() {
        let is_set = BoolishValueParser::new().parse_ref(&Command::new(""), None, value);
        let is_set = is_set.map_err(|_| "expected true, yes, on or 1, or false, no, off or 0")?;
        return Ok(is_set.then_some(argument));
    }
    argument.push("=");
    match (value.to_str(), flag.get_value_delimiter()) {
        (Some(list), Some(delimiter)) => {
            let parts = list.split(delimiter).map(str::trim).filter(|part| !part.is_empty());
            let parts: Vec<_> = parts.collect();
            argument.push(parts.join(&delimiter.to_string()));
            Ok((!parts.is_empty()).then_some(argument))
        }
        (None, _) if flag.get_value_parser().type_id() != TypeId::of::<PathBuf>() => {
            Err("its value is not UTF-8 text")
        }
        _ => {
            argument.push(value);
            Ok(Some(argument))
        }
    }
}

/// The arguments, followed by those that are equivalent to the variables.
fn with_variables(arguments: &[OsString], variables: &[Variable]) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (flags, operands) = arguments.split_at(end);
    let variables = variables.iter().filter_map(|variable| variable.argument.clone());
    flags.iter().cloned().chain(variables).chain(operands.iter().cloned()).collect()
}

impl Variable {
    fn is_cause_of(&self, error: &clap::Error) -> bool {
        match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(argument)) => argument.split(' ').next() == Some(&*self.flag),
            _ => false,
        }
    }
}

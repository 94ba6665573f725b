//! Parses the arguments, the variables and the configuration file of a command together.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::iter::successors;
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, Resettable, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::clap_error;
use super::config_flag::ConfigFlag;
use super::effective::EffectiveOption;
use super::environment::{CONFIG, Environment, Setting};
use super::error::ConfigError;
use super::file;

/// Why there is no command to run.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommandLineError {
    /// The help or the version was requested, or the command is missing.
    Help(Box<clap::Error>),
    /// The arguments or variables are invalid.
    Invalid(Vec<ConfigError>),
}

/// A setting that stands in for a flag that is not among the arguments.
struct Variable {
    setting: Setting,
    /// Its flag, such as `--listen`.
    flag: String,
    /// The equivalent argument; `None` for a Boolean flag that is off, or an empty list.
    argument: Option<OsString>,
}

/// The settings of a command.
pub struct Parsed {
    /// The flags, from arguments, variables and the configuration file.
    pub matches: ArgMatches,
    /// The variables and the entries of the configuration file that nothing overrides.
    pub environment: Environment,
    /// The errors of single settings, in place of which the flags have their defaults.
    pub errors: Vec<ConfigError>,
}

impl Parsed {
    /// The effective options of `serve`.
    #[must_use]
    pub fn effective(&self) -> Vec<EffectiveOption> {
        let below = successors(Some(&self.matches), |matches| Some(matches.subcommand()?.1));
        let leaf = below.last();
        EffectiveOption::all(leaf.unwrap_or(&self.matches), &self.environment)
    }
}

/// Parses `arguments` (the program name first), and for flags that are not among them the variables and
/// the configuration file that `--config` or its variable names. An empty variable counts as unset;
/// white space around a value, and around the elements of a list, is ignored.
///
/// clap does not read the variables itself: it would take an empty one for a value, and repeat
/// values in its errors.
///
/// # Errors
///
/// [`CommandLineError`], if there is no command to run.
pub fn parse(
    command: &Command,
    arguments: &[OsString],
    environment: &Environment,
) -> Result<Parsed, CommandLineError> {
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
    let (mut environment, mut errors) = with_file(environment.clone(), command, &typed)?;
    let (mut variables, invalid) = variables(command, &typed, &mut environment);
    errors.extend(invalid);
    let strict = each_argument(command.clone(), &|arg| arg.env(Resettable::Reset));
    loop {
        let all = with_variables(arguments, &variables);
        let error = match strict.clone().try_get_matches_from(all) {
            Ok(matches) => {
                errors.sort_by_key(|error| error.place().map(|place| place.line));
                return Ok(Parsed { matches, environment, errors });
            }
            Err(error) => error,
        };
        match variables.iter().position(|variable| variable.is_cause_of(&error)) {
            Some(number) => {
                let Variable { setting, .. } = variables.remove(number);
                errors.push(setting.error(clap_error::value_message(&error)));
            }
            None if errors.is_empty() => return Err(parse_error(error)),
            None => return Err(CommandLineError::Invalid(errors)),
        }
    }
}

/// Adds the entries of the configuration file, with the errors of those that are invalid.
fn with_file(
    mut environment: Environment,
    command: &Command,
    typed: &ArgMatches,
) -> Result<(Environment, Vec<ConfigError>), CommandLineError> {
    let flag = levels(command, typed).last().and_then(|(_, matches)| {
        matches.try_get_one::<PathBuf>(ConfigFlag::ID).ok().flatten().cloned()
    });
    let path = flag.or_else(|| environment.value(CONFIG).map(PathBuf::from));
    let Some(path) = path else { return Ok((environment, Vec::new())) };
    let (entries, errors) = file::read(&path).map_err(CommandLineError::Invalid)?;
    environment.add(entries);
    Ok((environment, errors))
}

/// The command and its subcommands, down to the one to run, with the arguments of each.
fn levels<'a>(command: &'a Command, matches: &'a ArgMatches) -> Vec<(&'a Command, &'a ArgMatches)> {
    let below = |(command, matches): &(&'a Command, &'a ArgMatches)| {
        let (name, below) = matches.subcommand()?;
        Some((command.find_subcommand(name)?, below))
    };
    successors(Some((command, matches)), below).collect()
}

/// Without the matches, which have the values.
impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, errors, .. } = self;
        let mut parsed = f.debug_struct("Parsed");
        parsed.field("environment", environment).field("errors", errors).finish_non_exhaustive()
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
    environment: &mut Environment,
) -> (Vec<Variable>, Vec<ConfigError>) {
    let (mut variables, mut errors) = (Vec::new(), Vec::new());
    for (command, matches) in levels(command, typed) {
        for flag in command.get_arguments() {
            let (Some(name), Some(long)) = (flag.get_env(), flag.get_long()) else { continue };
            let name = name.to_string_lossy();
            // A global flag is found at each level.
            if matches.value_source(flag.get_id().as_str()) == Some(ValueSource::CommandLine) {
                environment.remove(&name);
                continue;
            }
            let (Some(setting), Some(value)) = (environment.get(&name), environment.value(&name))
            else {
                continue;
            };
            let setting = setting.clone();
            match argument(flag, long, value) {
                Ok(argument) => {
                    variables.push(Variable { setting, flag: format!("--{long}"), argument });
                }
                Err(reason) => errors.push(setting.error(reason.to_owned())),
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

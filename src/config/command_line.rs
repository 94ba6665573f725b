//! The arguments and the variables of a command, parsed together.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{BoolishValueParser, Resettable, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::environment::Environment;
use super::fault::Fault;
use super::refusal;

/// Why arguments and variables are not carried out.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// They ask for help or the version, or name no command.
    Help(Box<clap::Error>),
    /// They are wrong. Nothing of a value is repeated.
    Faults(Vec<Fault>),
}

/// A variable that is set, for a flag that was not typed.
struct Variable {
    name: String,
    /// The flag that it stands for, such as `--listen`.
    flag: String,
    /// The flag with its value, as it would be typed; `None` where it would not be.
    argument: Option<OsString>,
}

/// What `arguments` (the name of the program first) and, for flags that are not among them, the
/// variables say. An empty variable counts as unset; blanks around a value, and around the parts
/// of a list, do not count.
///
/// clap reads no variable itself: it would take an empty one for a value, and repeat what is
/// wrong in one.
///
/// # Errors
///
/// [`Refusal`], with every variable that is wrong.
pub fn parse(
    command: &Command,
    arguments: &[OsString],
    environment: &Environment,
) -> Result<ArgMatches, Refusal> {
    let refuse = |error: clap::Error| match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion => {
            // Of the command as it was declared, whose help names the variables.
            let help = command.clone().try_get_matches_from(arguments).err();
            Refusal::Help(Box::new(help.unwrap_or(error)))
        }
        _ => Refusal::Faults(vec![Fault::BadArgument(refusal::of_arguments(&error))]),
    };
    let without_variables = each_argument(command.clone(), &|arg| match arg.get_env() {
        Some(_) => arg.env(Resettable::Reset).required(false),
        None => arg,
    });
    let typed = without_variables.try_get_matches_from(arguments).map_err(refuse)?;
    let (mut variables, mut faults) = variables(command, &typed, environment);
    let strict = each_argument(command.clone(), &|arg| arg.env(Resettable::Reset));
    loop {
        let all = with_variables(arguments, &variables);
        let error = match strict.clone().try_get_matches_from(all) {
            Ok(matches) if faults.is_empty() => return Ok(matches),
            Ok(_) => return Err(Refusal::Faults(faults)),
            Err(error) => error,
        };
        match variables.iter().position(|variable| variable.is_meant_by(&error)) {
            Some(number) => {
                let Variable { name, .. } = variables.remove(number);
                faults.push(Fault::BadVariable { name, reason: refusal::of_value(&error) });
            }
            None if faults.is_empty() => return Err(refuse(error)),
            None => return Err(Refusal::Faults(faults)),
        }
    }
}

/// Changes each argument of a command and of those below it.
pub fn each_argument(command: Command, change: &impl Fn(Arg) -> Arg) -> Command {
    command.mut_args(change).mut_subcommands(|below| each_argument(below, change))
}

/// The variables of the flags that were not typed, and those among them that cannot be read.
fn variables(
    command: &Command,
    typed: &ArgMatches,
    environment: &Environment,
) -> (Vec<Variable>, Vec<Fault>) {
    let mut flags = Vec::new();
    let mut level = Some((command, typed));
    while let Some((command, matches)) = level {
        let here = command.get_arguments().filter(|flag| flag.get_env().is_some());
        // A flag of several levels is known at each of them.
        flags.extend(here.filter(|flag| {
            matches.value_source(flag.get_id().as_str()) != Some(ValueSource::CommandLine)
        }));
        level = matches
            .subcommand()
            .and_then(|(name, below)| Some((command.find_subcommand(name)?, below)));
    }
    let (mut variables, mut faults) = (Vec::new(), Vec::new());
    for flag in flags {
        let (Some(name), Some(long)) = (flag.get_env(), flag.get_long()) else { continue };
        let name = name.to_string_lossy().into_owned();
        let Some(value) = environment.value(&name) else { continue };
        match argument(flag, long, value) {
            Ok(argument) => variables.push(Variable { name, flag: format!("--{long}"), argument }),
            Err(reason) => faults.push(Fault::BadVariable { name, reason: reason.to_owned() }),
        }
    }
    (variables, faults)
}

/// A flag with the value of its variable, as it would be typed.
fn argument(flag: &Arg, long: &str, value: &OsStr) -> Result<Option<OsString>, &'static str> {
    let mut argument = OsString::from(format!("--{long}"));
    if !flag.get_action().takes_values() {
        let is_set = BoolishValueParser::new().parse_ref(&Command::new(""), None, value);
        let is_set = is_set.map_err(|_| "expected true, yes, on or 1; or false, no, off or 0")?;
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

/// The variables as if they had been typed, behind the flags that were.
fn with_variables(arguments: &[OsString], variables: &[Variable]) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (flags, operands) = arguments.split_at(end);
    let variables = variables.iter().filter_map(|variable| variable.argument.clone());
    flags.iter().cloned().chain(variables).chain(operands.iter().cloned()).collect()
}

impl Variable {
    fn is_meant_by(&self, error: &clap::Error) -> bool {
        match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(argument)) => argument.split(' ').next() == Some(&*self.flag),
            _ => false,
        }
    }
}

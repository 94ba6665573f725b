//! The effective values of the options, and where they come from.

use std::ffi::OsString;
use std::path::Path;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::database_flags::Database;
use super::environment::{Environment, SECRET};
use super::place::Place;
use super::service_option::{OptionKind, ServiceOption};
use crate::files::RedactedPath;
use crate::mail::SmtpUrl;

/// An option with its effective value. `Debug` shows no value.
#[derive(Clone)]
pub struct EffectiveOption {
    /// The option.
    pub option: ServiceOption,
    /// Where its value comes from.
    pub origin: Origin,
    /// Its values as they may be shown; `None` if it has none.
    pub shown: Option<Vec<String>>,
    values: Vec<OsString>,
}

/// Where the value of an option comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its flag.
    Flag,
    /// Its variable.
    Variable,
    /// The configuration file.
    File(Place),
    /// It is not set.
    Default,
}

impl EffectiveOption {
    /// All options, of the flags of `serve`.
    pub(super) fn all(matches: &ArgMatches, environment: &Environment) -> Vec<Self> {
        let of = |option| Self::new(option, matches, environment);
        ServiceOption::all().into_iter().map(of).collect()
    }

    fn new(option: ServiceOption, matches: &ArgMatches, environment: &Environment) -> Self {
        let setting = environment.get(&option.variable);
        let id = option.id.as_deref();
        let raw = id.and_then(|id| matches.try_get_raw(id).ok().flatten());
        let values: Vec<OsString> = match raw {
            Some(raw) => raw.map(ToOwned::to_owned).collect(),
            None if option.variable == SECRET => {
                setting.iter().map(|it| it.value.clone()).collect()
            }
            None => Vec::new(),
        };
        let is_typed =
            id.is_some_and(|id| matches.value_source(id) == Some(ValueSource::CommandLine));
        let origin = match setting {
            Some(setting) => setting.place.clone().map_or(Origin::Variable, Origin::File),
            None if is_typed => Origin::Flag,
            None => Origin::Default,
        };
        let shown = (!values.is_empty()).then(|| shown(&option, &values, matches));
        Self { option, origin, shown, values }
    }

    /// Whether another state of the same option has the same value.
    #[must_use]
    pub fn is_unchanged(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

/// The values as they may be shown: without secrets, and without what may be one by mistake.
fn shown(option: &ServiceOption, values: &[OsString], matches: &ArgMatches) -> Vec<String> {
    let id = option.id.as_deref().unwrap_or_default();
    if option.is_secret {
        let database = matches.try_get_one::<Database>(id).ok().flatten().map(ToString::to_string);
        let smtp = matches.try_get_one::<SmtpUrl>(id).ok().flatten().map(ToString::to_string);
        return vec![database.or(smtp).unwrap_or_else(|| "(redacted)".to_owned())];
    }
    let text = |value: &OsString| match option.kind {
        OptionKind::Path => RedactedPath(Path::new(value)).to_string(),
        _ => value.to_string_lossy().into_owned(),
    };
    values.iter().map(text).collect()
}

impl std::fmt::Debug for EffectiveOption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("EffectiveOption").field(&self.option.key).field(&self.origin).finish()
    }
}

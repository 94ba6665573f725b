//! Variables `COUNTERSIGN_…` that no command reads.

use std::ffi::OsStr;

use clap::{Args, Command};

use super::environment::{CONFIG, Environment, SECRET, Setting};
use super::error::ConfigError;
use super::serve_flags::ServeFlags;
use super::similar::nearest;

/// Read by `countersign user import`.
const FIREBASE_SIGNER_KEY: &str = "COUNTERSIGN_FIREBASE_SIGNER_KEY";
/// The prefix of variables for the tests of this crate.
const TEST_PREFIX: &str = "COUNTERSIGN_TEST_";

impl Environment {
    /// An error for each variable that no command reads. A variable of another command is allowed:
    /// all commands share one environment.
    #[must_use]
    pub fn unknown_variables(&self) -> Vec<ConfigError> {
        let command = ServeFlags::augment_args(Command::new("countersign"));
        let mut known: Vec<&str> =
            command.get_arguments().filter_map(|flag| flag.get_env()?.to_str()).collect();
        known.extend([SECRET, CONFIG, FIREBASE_SIGNER_KEY]);
        let is_unknown = |it: &&Setting| {
            let name = &*it.variable;
            it.place.is_none()
                && !known.contains(&name)
                && !name.starts_with(TEST_PREFIX)
                && !is_service_link(name, &it.value)
        };
        let unknown = self.settings().filter(is_unknown).map(|it| &*it.variable);
        unknown
            .map(|name| ConfigError::UnknownVariable {
                name: name.escape_debug().to_string(),
                suggestion: nearest(name, known.iter().copied()).map(str::to_owned),
            })
            .collect()
    }
}

/// Whether it is a variable such as `COUNTERSIGN_PORT_8080_TCP_ADDR`, which Kubernetes sets in every
/// pod for a service named `countersign`, and Docker for a link.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let is_url = value.to_str().is_some_and(|value| value.contains("://"));
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || (name.ends_with("_PORT") && is_url)
        || name.split_once("_PORT_").is_some_and(|(_, rest)| {
            let mut parts = rest.split('_');
            let is_number = parts.next().is_some_and(|port| port.parse::<u16>().is_ok());
            is_number && matches!(parts.next(), Some("TCP" | "UDP" | "SCTP"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(name: &str, value: &str) -> Option<String> {
        let environment = Environment::new([(name.into(), value.into())]);
        environment.unknown_variables().first().map(ToString::to_string)
    }

    #[test]
    fn unknown_variable_is_an_error_with_a_hint() {
        assert_eq!(
            unknown("COUNTERSIGN_TOKEN_TLL", "15m").unwrap(),
            "unknown variable COUNTERSIGN_TOKEN_TLL; did you mean COUNTERSIGN_TOKEN_TTL?"
        );
        assert_eq!(
            unknown("COUNTERSIGN_FRIENDLY", "yes").unwrap(),
            "unknown variable COUNTERSIGN_FRIENDLY; `countersign serve --help` lists the known ones"
        );
        assert!(unknown("COUNTERSIGN_PORT", "9000").is_some());
    }

    #[test]
    fn known_and_foreign_variables_are_allowed() {
        for (name, value) in [
            ("COUNTERSIGN_SECRET", "x"),
            ("COUNTERSIGN_LISTEN", "x"),
            ("COUNTERSIGN_TEST_POSTGRES", "x"),
            ("COUNTERSIGNED", "x"),
            ("COUNTERSIGN_SERVICE_HOST", "10.0.0.1"),
            ("COUNTERSIGN_SERVICE_PORT_HTTP", "8080"),
            ("COUNTERSIGN_PORT", "tcp://10.0.0.1:8080"),
            ("COUNTERSIGN_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("COUNTERSIGN_DB_PORT_5432_TCP", "tcp://10.0.0.1:5432"),
        ] {
            assert_eq!(unknown(name, value), None, "{name}");
        }
    }

    #[test]
    fn empty_variable_is_no_error() {
        let variables = [("COUNTERSIGN_X", ""), ("COUNTERSIGN_Y", "y")];
        let environment = Environment::new(variables.map(|(n, v)| (n.into(), v.into())));
        assert_eq!(environment.unknown_variables().len(), 1);
    }
}

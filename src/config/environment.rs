//! Variables that are no flags.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Args, Command};
use countersign_auth::Secret;

use super::fault::Fault;
use super::flags::ServeFlags;
use crate::files;

const PREFIX: &str = "COUNTERSIGN_";
const SECRET: &str = "COUNTERSIGN_SECRET";
/// Read by `countersign user import`.
const FIREBASE_SIGNER_KEY: &str = "COUNTERSIGN_FIREBASE_SIGNER_KEY";
/// Variables with this prefix are for the tests of this crate.
const TEST_PREFIX: &str = "COUNTERSIGN_TEST_";
/// No secret is longer; what is, is the wrong file.
const LONGEST_SECRET: u64 = 64 * 1024;

/// The variables of the process whose name begins with `COUNTERSIGN_`. An empty one counts as unset.
#[derive(Clone, Default)]
pub struct Environment(Vec<(String, OsString)>);

impl Environment {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// Those among `variables`.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let variables = variables.into_iter();
        let ours = variables.map(|(name, value)| (name.to_string_lossy().into_owned(), value));
        let is_set =
            |(name, value): &(String, OsString)| name.starts_with(PREFIX) && !value.is_empty();
        Self(ours.filter(is_set).collect())
    }

    fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// The value of a variable without the blanks around it, if there is more.
    pub(super) fn value(&self, name: &str) -> Option<&OsStr> {
        let value = self.get(name)?;
        let Some(text) = value.to_str() else { return Some(value) };
        Some(text.trim()).filter(|text| !text.is_empty()).map(OsStr::new)
    }

    /// A fault for each variable that no command reads. What one command reads is no fault of
    /// another: they share one environment.
    #[must_use]
    pub fn unknown_variables(&self) -> Vec<Fault> {
        let command = ServeFlags::augment_args(Command::new("countersign"));
        let mut known: Vec<&str> =
            command.get_arguments().filter_map(|flag| flag.get_env()?.to_str()).collect();
        known.extend([SECRET, FIREBASE_SIGNER_KEY]);
        let is_unknown = |name: &str, value: &OsString| {
            !known.contains(&name)
                && !name.starts_with(TEST_PREFIX)
                && !is_service_link(name, value)
        };
        let unknown = self.0.iter().filter(|(name, value)| is_unknown(name, value));
        unknown
            .map(|(name, _)| {
                let similarity = |known: &&str| strsim::jaro_winkler(known, name);
                let nearest = known
                    .iter()
                    .copied()
                    .max_by(|one, other| similarity(one).total_cmp(&similarity(other)));
                let suggestion = nearest.filter(|known| strsim::levenshtein(known, name) <= 4);
                Fault::UnknownVariable {
                    name: name.escape_debug().to_string(),
                    suggestion: suggestion.map(str::to_owned),
                }
            })
            .collect()
    }

    /// Whether the variable with the secret is set, to whatever.
    pub(super) fn has_secret(&self) -> bool {
        self.get(SECRET).is_some()
    }

    /// The secret of the variable or of the file, if there is one. One line break at its end does
    /// not count.
    ///
    /// # Errors
    ///
    /// The [`Fault`] that is found: two secrets, a file that cannot be read, a short secret.
    pub fn secret(&self, file: Option<&Path>) -> Result<Option<Secret>, Fault> {
        let secret = match (self.get(SECRET), file) {
            (Some(_), Some(_)) => return Err(Fault::TwoSecrets),
            (Some(value), None) => Secret::new(without_line_break(value.as_encoded_bytes())),
            (None, Some(path)) => {
                let bytes = files::read(path, LONGEST_SECRET).map_err(|source| {
                    Fault::UnreadableSecretFile { path: path.to_owned(), source }
                })?;
                Secret::new(without_line_break(&bytes))
            }
            (None, None) => return Ok(None),
        };
        secret.map(Some).map_err(Fault::BadSecret)
    }
}

/// Kubernetes sets variables such as `COUNTERSIGN_PORT_8080_TCP_ADDR` in every pod beside a
/// service named `countersign`, and old Docker links do the same.
fn is_service_link(name: &str, value: &OsString) -> bool {
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

/// A secret as it is, without the line break that editors and `echo` put behind it.
fn without_line_break(bytes: &[u8]) -> Vec<u8> {
    let line = bytes.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    line.unwrap_or(bytes).to_vec()
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use countersign_auth::SecretError;

    use super::*;

    fn unknown(name: &str, value: &str) -> Option<String> {
        let environment = Environment::new([(name.into(), value.into())]);
        environment.unknown_variables().first().map(ToString::to_string)
    }

    #[test]
    fn a_variable_that_nothing_reads_is_a_fault_with_a_hint() {
        assert_eq!(
            unknown("COUNTERSIGN_TOKEN_TLL", "15m").unwrap(),
            "there is no variable COUNTERSIGN_TOKEN_TLL; did you mean COUNTERSIGN_TOKEN_TTL?"
        );
        assert_eq!(
            unknown("COUNTERSIGN_FRIENDLY", "yes").unwrap(),
            "there is no variable COUNTERSIGN_FRIENDLY; `countersign serve --help` names them all"
        );
        assert!(unknown("COUNTERSIGN_PORT", "9000").is_some());
    }

    #[test]
    fn what_is_read_or_is_not_ours_is_no_fault() {
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
    fn debug_shows_names_alone() {
        let environment = Environment::new([(SECRET.into(), "hunter2".into())]);
        assert_eq!(format!("{environment:?}"), r#"["COUNTERSIGN_SECRET"]"#);
    }

    #[test]
    fn secret_may_end_in_one_line_break_in_the_variable_and_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (end, length) in [("", 31), ("\n", 31), ("\r\n", 31), ("\n\n", 32), (" ", 32)] {
            let text = format!("{}{end}", "s".repeat(31));
            std::fs::write(&path, &text).unwrap();
            let variable = Environment::new([(SECRET.into(), text.into())]);
            let of_file = Environment::default().secret(Some(&path));
            for secret in [variable.secret(None), of_file] {
                let found = match secret {
                    Ok(Some(_)) => 32,
                    Err(Fault::BadSecret(SecretError::TooShort(length))) => length,
                    other => panic!("{other:?}"),
                };
                assert_eq!(found, length, "{end:?}");
            }
        }
        std::fs::write(&path, "s".repeat(70_000)).unwrap();
        assert!(Environment::default().secret(Some(&path)).is_err());
    }

    #[test]
    fn empty_variable_counts_as_unset_and_blanks_around_a_value_do_not_count() {
        let variables =
            [("COUNTERSIGN_SECRET", ""), ("COUNTERSIGN_X", ""), ("COUNTERSIGN_Y", " y\n")];
        let environment = Environment::new(variables.map(|(n, v)| (n.into(), v.into())));
        assert!(!environment.has_secret() && environment.secret(None).unwrap().is_none());
        assert_eq!(environment.unknown_variables().len(), 1);
        assert_eq!(environment.value("COUNTERSIGN_X"), None);
        assert_eq!(environment.value("COUNTERSIGN_Y").unwrap(), "y");
    }
}

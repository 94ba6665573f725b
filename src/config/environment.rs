//! The environment variables `COUNTERSIGN_…`, and the secret among them.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use countersign_auth::Secret;

use super::error::ConfigError;
use crate::files;

const PREFIX: &str = "COUNTERSIGN_";
pub(super) const SECRET: &str = "COUNTERSIGN_SECRET";
/// The largest secret file, in bytes.
const MAX_SECRET_SIZE: u64 = 64 * 1024;

/// The environment variables whose names begin with `COUNTERSIGN_`. An empty one counts as unset.
#[derive(Clone, Default)]
pub struct Environment(pub(super) Vec<(String, OsString)>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// The variables `COUNTERSIGN_…` among `variables`.
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

    /// The value of a variable without surrounding white space; `None` if nothing is left.
    pub(super) fn value(&self, name: &str) -> Option<&OsStr> {
        let value = self.get(name)?;
        let Some(text) = value.to_str() else { return Some(value) };
        Some(text.trim()).filter(|text| !text.is_empty()).map(OsStr::new)
    }

    /// Whether `COUNTERSIGN_SECRET` is set.
    pub(super) fn has_secret(&self) -> bool {
        self.get(SECRET).is_some()
    }

    /// The secret in the variable or in the file. One trailing line break is ignored.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TwoSecrets`], [`ConfigError::UnreadableSecretFile`] and
    /// [`ConfigError::InvalidSecret`].
    pub fn secret(&self, file: Option<&Path>) -> Result<Option<Secret>, ConfigError> {
        let secret = match (self.get(SECRET), file) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoSecrets),
            (Some(value), None) => Secret::new(without_line_break(value.as_encoded_bytes())),
            (None, Some(path)) => {
                let bytes = files::read(path, MAX_SECRET_SIZE).map_err(|source| {
                    ConfigError::UnreadableSecretFile { path: path.to_owned(), source }
                })?;
                Secret::new(without_line_break(&bytes))
            }
            (None, None) => return Ok(None),
        };
        secret.map(Some).map_err(ConfigError::InvalidSecret)
    }
}

/// The bytes without the trailing line break that editors and `echo` add.
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

    #[test]
    fn debug_shows_names_only() {
        let environment = Environment::new([(SECRET.into(), "hunter2".into())]);
        assert_eq!(format!("{environment:?}"), r#"["COUNTERSIGN_SECRET"]"#);
    }

    #[test]
    fn one_trailing_line_break_of_a_secret_is_ignored() {
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
                    Err(ConfigError::InvalidSecret(SecretError::TooShort(length))) => length,
                    other => panic!("{other:?}"),
                };
                assert_eq!(found, length, "{end:?}");
            }
        }
        std::fs::write(&path, "s".repeat(70_000)).unwrap();
        assert!(Environment::default().secret(Some(&path)).is_err());
    }

    #[test]
    fn empty_variable_is_unset_and_surrounding_white_space_is_ignored() {
        let variables =
            [("COUNTERSIGN_SECRET", ""), ("COUNTERSIGN_X", ""), ("COUNTERSIGN_Y", " y\n")];
        let environment = Environment::new(variables.map(|(n, v)| (n.into(), v.into())));
        assert!(!environment.has_secret() && environment.secret(None).unwrap().is_none());
        assert_eq!(environment.value("COUNTERSIGN_X"), None);
        assert_eq!(environment.value("COUNTERSIGN_Y").unwrap(), "y");
    }
}

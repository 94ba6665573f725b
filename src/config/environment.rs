//! The variables `COUNTERSIGN_…`, the entries of the configuration file, and the secret among them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use countersign_auth::Secret;

use super::error::ConfigError;
use super::place::Place;
use crate::files;

const PREFIX: &str = "COUNTERSIGN_";
pub(super) const SECRET: &str = "COUNTERSIGN_SECRET";
/// The variable of the path of the configuration file.
pub(super) const CONFIG: &str = "COUNTERSIGN_CONFIG";
/// The largest secret file, in bytes.
const MAX_SECRET_SIZE: u64 = 64 * 1024;

/// The settings outside of the arguments: the environment variables whose names begin with
/// `COUNTERSIGN_`, of which an empty one counts as unset, and the entries of the configuration file, as
/// the variables that are equivalent to them.
#[derive(Clone, Default)]
pub struct Environment(Vec<Setting>);

/// A variable, or an entry of the configuration file.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) variable: String,
    pub(super) value: OsString,
    /// The place of an entry; `None` for a variable.
    pub(super) place: Option<Place>,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os())
    }

    /// The variables `COUNTERSIGN_…` among `variables`.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let ours = variables.into_iter().map(|(name, value)| Setting {
            variable: name.to_string_lossy().into_owned(),
            value,
            place: None,
        });
        let is_set = |it: &Setting| it.variable.starts_with(PREFIX) && !it.value.is_empty();
        Self(ours.filter(is_set).collect())
    }

    /// Adds the entries of the configuration file whose variables are not set.
    pub(super) fn add(&mut self, entries: Vec<Setting>) {
        let entries = entries.into_iter().filter(|entry| self.value(&entry.variable).is_none());
        let entries: Vec<_> = entries.collect();
        self.0.extend(entries);
    }

    /// Removes what a flag overrides.
    pub(super) fn remove(&mut self, variable: &str) {
        self.0.retain(|it| it.variable != variable);
    }

    pub(super) fn settings(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.0.iter().rev().find(|setting| setting.variable == name)
    }

    /// The value of a setting without surrounding white space; `None` for a variable of which nothing is
    /// left.
    pub(super) fn value(&self, name: &str) -> Option<&OsStr> {
        let setting = self.get(name)?;
        let Some(text) = setting.value.to_str() else { return Some(&setting.value) };
        let is_set = |text: &&str| setting.place.is_some() || !text.is_empty();
        Some(text.trim()).filter(is_set).map(OsStr::new)
    }

    /// The error, with the place in the configuration file where its setting is.
    #[must_use]
    pub fn locate(&self, error: ConfigError) -> ConfigError {
        let keys = error.keys();
        let of_key = |key: &&str| {
            self.0.iter().filter_map(|it| it.place.as_ref()).find(|place| place.key == *key)
        };
        match keys.iter().find_map(of_key).cloned() {
            Some(place) => ConfigError::InFile { place, source: Box::new(error) },
            None => error,
        }
    }

    /// The configuration file, if users other than its owner may write it, or read a secret in it.
    pub(super) fn exposed_file(&self) -> Option<PathBuf> {
        let path = self.0.iter().find_map(|it| it.place.as_ref())?.path.to_path_buf();
        let has_secret = self.0.iter().any(|it| it.place.is_some() && it.holds_secret());
        let is_exposed = if has_secret {
            files::is_accessible_by_others(&path)
        } else {
            files::is_writable_by_others(&path)
        };
        is_exposed.then_some(path)
    }

    /// Whether a secret is set.
    pub(super) fn has_secret(&self) -> bool {
        self.get(SECRET).is_some()
    }

    /// The secret as such, or in the file. One trailing line break is ignored.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TwoSecrets`], [`ConfigError::UnreadableSecretFile`] and
    /// [`ConfigError::InvalidSecret`].
    pub fn secret(&self, file: Option<&Path>) -> Result<Option<Secret>, ConfigError> {
        let secret = match (self.get(SECRET), file) {
            (Some(_), Some(_)) => return Err(ConfigError::TwoSecrets),
            (Some(it), None) => Secret::new(without_line_break(it.value.as_encoded_bytes())),
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

impl Setting {
    /// An entry of the configuration file.
    pub(super) fn of_file(variable: &str, value: String, place: Place) -> Self {
        Self { variable: variable.to_owned(), value: value.into(), place: Some(place) }
    }

    /// Whether its value is a secret, or a URL with a password.
    fn holds_secret(&self) -> bool {
        let value = self.value.to_string_lossy();
        self.variable == SECRET
            || value.contains("://") && (value.contains('@') || value.contains("password="))
    }

    /// The error of its value.
    pub(super) fn error(self, reason: String) -> ConfigError {
        match self.place {
            Some(place) => ConfigError::InvalidEntry { place, reason },
            None => ConfigError::InvalidVariable { name: self.variable, reason },
        }
    }
}

/// The bytes without the trailing line break that editors and `echo` add.
fn without_line_break(bytes: &[u8]) -> Vec<u8> {
    let line = bytes.strip_suffix(b"\n").map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    line.unwrap_or(bytes).to_vec()
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|it| &it.variable)).finish()
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

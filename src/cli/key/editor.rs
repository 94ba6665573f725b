//! Changing a key file.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::KeyCommandError;
use crate::files::{LockedFile, explain};
use crate::keys::{KeyFile, KeyFileError, KeySet, SigningKey};

/// A key file, which is replaced as a whole, by one command at a time.
pub(super) struct KeyFileEditor {
    path: PathBuf,
}

impl KeyFileEditor {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the key set.
    pub(super) fn read(&self) -> Result<KeySet, KeyCommandError> {
        self.open().map_err(|source| self.invalid(source))
    }

    /// Changes the key set. If `change` fails, the file is unchanged.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut KeySet) -> Result<T, KeyCommandError>,
    ) -> Result<T, KeyCommandError> {
        let file = self.lock()?;
        let mut keys = self.read()?;
        let changed = change(&mut keys)?;
        self.write(&keys, &file)?;
        Ok(changed)
    }

    /// Appends a key; creates the file if it does not exist, with the key as its signing key. Whether
    /// it is the signing key.
    pub(super) fn add(&self, key: SigningKey) -> Result<bool, KeyCommandError> {
        let file = self.lock()?;
        let (keys, is_new) = match self.open() {
            Ok(mut keys) => {
                keys.add(key)
                    .map_err(|source| KeyCommandError::Set { path: self.path.clone(), source })?;
                (keys, false)
            }
            Err(KeyFileError::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {
                (KeySet::new(key), true)
            }
            Err(source) => return Err(self.invalid(source)),
        };
        self.write(&keys, &file)?;
        Ok(is_new)
    }

    fn open(&self) -> Result<KeySet, KeyFileError> {
        KeyFile::open(&self.path).map(|(_, keys)| keys)
    }

    fn lock(&self) -> Result<LockedFile, KeyCommandError> {
        LockedFile::lock(&self.path).map_err(|source| self.unwritable(source))
    }

    fn write(&self, keys: &KeySet, file: &LockedFile) -> Result<(), KeyCommandError> {
        let written = keys.to_json().map_err(io::Error::from).and_then(|json| {
            let line = Zeroizing::new(format!("{}\n", *json));
            file.replace(line.as_bytes())
        });
        written.map_err(|source| self.unwritable(source))
    }

    fn invalid(&self, source: KeyFileError) -> KeyCommandError {
        KeyCommandError::InvalidFile { path: self.path.clone(), source }
    }

    fn unwritable(&self, source: io::Error) -> KeyCommandError {
        let source = explain(&self.path, source);
        KeyCommandError::Unwritable { path: self.path.clone(), source }
    }
}

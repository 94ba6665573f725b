//! The file with the keys.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::KeyCommandError;
use crate::files::{LockedFile, explain};
use crate::token::{Key, KeyFile, KeyFileError, KeySet};

/// The file with the keys. It is changed as a whole, by one command at a time.
pub(super) struct Cabinet {
    path: PathBuf,
}

impl Cabinet {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The keys in the file.
    pub(super) fn read(&self) -> Result<KeySet, KeyCommandError> {
        self.open().map_err(|source| self.bad(source))
    }

    /// Changes the keys in the file. Where `change` fails the file stays as it was.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut KeySet) -> Result<T, KeyCommandError>,
    ) -> Result<T, KeyCommandError> {
        let file = self.lock()?;
        let mut keys = self.read()?;
        let done = change(&mut keys)?;
        self.write(&keys, &file)?;
        Ok(done)
    }

    /// Puts a key behind those in the file. Where there is no file, it is made, and the key signs.
    /// Gives whether it does.
    pub(super) fn add(&self, key: Key) -> Result<bool, KeyCommandError> {
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
            Err(source) => return Err(self.bad(source)),
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

    fn bad(&self, source: KeyFileError) -> KeyCommandError {
        KeyCommandError::BadFile { path: self.path.clone(), source }
    }

    fn unwritable(&self, source: io::Error) -> KeyCommandError {
        let source = explain(&self.path, source);
        KeyCommandError::Unwritable { path: self.path.clone(), source }
    }
}

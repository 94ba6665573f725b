//! Changing a key file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::KeyCommandError;
use crate::files::explained;
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
        let folder = self.lock()?;
        let mut keys = self.read()?;
        let changed = change(&mut keys)?;
        self.write(&keys, &folder).map_err(|source| self.unwritable(source))?;
        Ok(changed)
    }

    /// Appends a key; creates the file if it does not exist, with the key as its signing key. Whether
    /// it is the signing key.
    pub(super) fn add(&self, key: SigningKey) -> Result<bool, KeyCommandError> {
        let folder = self.lock()?;
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
        self.write(&keys, &folder).map_err(|source| self.unwritable(source))?;
        Ok(is_new)
    }

    fn open(&self) -> Result<KeySet, KeyFileError> {
        KeyFile::open(&self.path).map(|(_, keys)| keys)
    }

    /// The path of the file, with symlinks resolved.
    fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    /// The folder of the file, locked until it is dropped: another command waits, and then reads the
    /// new file. The file itself cannot be locked, since it is replaced.
    fn lock(&self) -> Result<File, KeyCommandError> {
        let target = self.target();
        let folder = File::open(folder(&target)).map_err(|source| self.unwritable(source))?;
        folder.lock().map_err(|source| self.unwritable(source))?;
        Ok(folder)
    }

    /// Replaces the file atomically, so that a concurrent reader, or a power failure, finds the old key
    /// set or the new one. A new file has mode 0600; an existing one retains owner, group and mode,
    /// since the service may run as another user.
    fn write(&self, keys: &KeySet, locked: &File) -> io::Result<()> {
        let target = self.target();
        let mut file = NamedTempFile::new_in(folder(&target))?;
        file.write_all(keys.to_json()?.as_bytes())?;
        file.write_all(b"\n")?;
        match target.metadata() {
            Ok(old) => {
                let new = file.as_file().metadata()?;
                if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                    fchown(file.as_file(), Some(old.uid()), Some(old.gid()))?;
                }
                file.as_file().set_permissions(old.permissions())?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        file.as_file().sync_all()?;
        file.persist(&target)?;
        locked.sync_all()
    }

    fn invalid(&self, source: KeyFileError) -> KeyCommandError {
        KeyCommandError::InvalidFile { path: self.path.clone(), source }
    }

    fn unwritable(&self, source: io::Error) -> KeyCommandError {
        let source = explained(&self.path, source);
        KeyCommandError::Unwritable { path: self.path.clone(), source }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

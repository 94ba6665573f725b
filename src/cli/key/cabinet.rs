//! The file with the keys.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::KeyCommandError;
use crate::files::explained;
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
        let folder = self.lock()?;
        let mut keys = self.read()?;
        let done = change(&mut keys)?;
        self.write(&keys, &folder).map_err(|source| self.unwritable(source))?;
        Ok(done)
    }

    /// Puts a key behind those in the file. Where there is no file, it is made, and the key signs.
    /// Gives whether it does.
    pub(super) fn add(&self, key: Key) -> Result<bool, KeyCommandError> {
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
            Err(source) => return Err(self.bad(source)),
        };
        self.write(&keys, &folder).map_err(|source| self.unwritable(source))?;
        Ok(is_new)
    }

    fn open(&self) -> Result<KeySet, KeyFileError> {
        KeyFile::open(&self.path).map(|(_, keys)| keys)
    }

    /// Where the file is, links followed.
    fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    /// The folder of the file, locked for as long as it is held: another command waits, and then
    /// reads what this one wrote. The file itself cannot be locked, since it is replaced.
    fn lock(&self) -> Result<File, KeyCommandError> {
        let target = self.target();
        let folder = File::open(folder(&target)).map_err(|source| self.unwritable(source))?;
        folder.lock().map_err(|source| self.unwritable(source))?;
        Ok(folder)
    }

    /// Writes a new file and puts it into the place of the old one, so that a service that reads
    /// meanwhile, or a loss of power, meets the old keys or the new ones. A new file is for its
    /// owner alone; one that was there keeps its owner, group and mode, for the service that reads
    /// it may be another user.
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

    fn bad(&self, source: KeyFileError) -> KeyCommandError {
        KeyCommandError::BadFile { path: self.path.clone(), source }
    }

    fn unwritable(&self, source: io::Error) -> KeyCommandError {
        let source = explained(&self.path, source);
        KeyCommandError::Unwritable { path: self.path.clone(), source }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

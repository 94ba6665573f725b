//! Files that are replaced atomically, by one process at a time.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that only this process replaces while the value lives. It need not exist.
///
/// The lock is advisory and belongs to the folder of the file: a lock of the file itself would end
/// when the file is replaced.
#[derive(Debug)]
pub struct LockedFile {
    /// The file itself; links have been followed.
    path: PathBuf,
    folder: File,
}

impl LockedFile {
    /// Locks the file at `path`, after waiting for other processes that hold the lock.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn lock(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = File::open(folder(&path))?;
        folder.lock()?;
        Ok(Self { path, folder })
    }

    /// The path of the file; links have been followed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file. Readers, also after a loss of power, find the old content or the new one.
    ///
    /// A file that existed keeps its owner, group and mode, since the service that reads it may run
    /// as another user; a new one has mode 0600.
    ///
    /// # Errors
    ///
    /// Those of the system; the file is then unchanged.
    pub fn replace(&self, content: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(folder(&self.path))?;
        file.write_all(content)?;
        match self.path.metadata() {
            Ok(old) => {
                let new = file.as_file().metadata()?;
                if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
                    fchown(file.as_file(), Some(old.uid()), Some(old.gid()))?;
                }
                file.as_file().set_permissions(old.permissions())?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        self.folder.sync_all()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    use super::*;

    #[test]
    fn new_file_has_mode_0600() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        LockedFile::lock(&path).unwrap().replace(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn replaced_file_keeps_owner_group_mode_and_links() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        // Only root may change the owner.
        let _ = chown(&path, Some(4711), Some(4712));
        let before = path.metadata().unwrap();
        LockedFile::lock(&link).unwrap().replace(b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let after = path.metadata().unwrap();
        assert_eq!(after.mode() & 0o777, 0o640);
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_ne!(after.ino(), before.ino());
    }
}

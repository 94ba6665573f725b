//! New files that appear complete or not at all.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{self, Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A new file of mode 0600, which appears under its name once it is complete.
///
/// Until then it is a temporary file in the same folder, `.NAME.….partial`. Dropping the value
/// deletes that; a killed process leaves it behind.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    folder: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Creates the temporary file for a new file at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyExists`] if `path` exists, and those of the system.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = path::absolute(path)?;
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(ErrorKind::IsADirectory.into());
        };
        // Reported before the content is written; `finish` is what never overwrites a file.
        if path.symlink_metadata().is_ok() {
            return Err(already_exists());
        }
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let file = Builder::new().prefix(&prefix).suffix(".partial").tempfile_in(folder)?;
        Ok(Self { file, folder: folder.to_owned(), path })
    }

    /// The absolute path of the temporary file.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        self.file.path()
    }

    /// Renames the temporary file to its final path. Afterwards the file survives a loss of power.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyExists`] if the path exists by now, and those of the system. The
    /// temporary file is deleted after any of them.
    pub fn finish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist_noclobber(&self.path).map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => already_exists(),
            _ => failed.error,
        })?;
        File::open(self.folder)?.sync_all()
    }
}

fn already_exists() -> io::Error {
    io::Error::new(ErrorKind::AlreadyExists, "a file or folder of this name already exists")
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn finished_file_has_its_name_and_mode_0600() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.db");
        let mut file = NewFile::create(&path).unwrap();
        file.write_all(b"complete").unwrap();
        let partial = names(folder.path());
        assert_eq!(partial.len(), 1);
        assert!(partial[0].starts_with(".users.db.") && partial[0].ends_with(".partial"));
        assert_eq!(file.temporary_path(), folder.path().join(&partial[0]));
        file.finish().unwrap();
        assert_eq!(names(folder.path()), ["users.db"]);
        assert_eq!(fs::read(&path).unwrap(), b"complete");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn unfinished_file_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        drop(NewFile::create(&folder.path().join("users.db")).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn existing_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.db");
        let file = NewFile::create(&path).unwrap();
        fs::write(&path, "older").unwrap();
        for result in [NewFile::create(&path).map(drop), file.finish()] {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(&path).unwrap(), b"older");
        assert_eq!(names(folder.path()), ["users.db"]);
        assert!(NewFile::create(Path::new("/")).is_err());
    }
}

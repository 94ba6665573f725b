//! Files that are there as a whole or not at all.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{self, Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// A file that gets its name when it is whole. Only its owner can read it.
///
/// Until then it is beside its later place, as `.NAME.….partial`. That is gone when the value is
/// dropped, and stays where the process is killed.
#[derive(Debug)]
pub struct NewFile {
    file: NamedTempFile,
    folder: PathBuf,
    name: PathBuf,
}

impl NewFile {
    /// Begins a file that will be at `name`.
    ///
    /// # Errors
    ///
    /// Where there is something at `name` already, and where the folder cannot be written to.
    pub fn create(name: &Path) -> io::Result<Self> {
        let name = path::absolute(name)?;
        let (Some(folder), Some(last)) = (name.parent(), name.file_name()) else {
            return Err(ErrorKind::IsADirectory.into());
        };
        // Said before the work is done; that nothing is overwritten is for `finish` to see to.
        if name.symlink_metadata().is_ok() {
            return Err(taken());
        }
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(last);
        prefix.push(".");
        let file = Builder::new().prefix(&prefix).suffix(".partial").tempfile_in(folder)?;
        Ok(Self { file, folder: folder.to_owned(), name })
    }

    /// Where it is until it is whole: an absolute path.
    #[must_use]
    pub fn partial(&self) -> &Path {
        self.file.path()
    }

    /// Gives it its name. After that it survives a loss of power.
    ///
    /// # Errors
    ///
    /// Where there is something of that name by now, which is left alone; and those of the system.
    /// After any of them the file is gone.
    pub fn finish(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist_noclobber(&self.name).map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => taken(),
            _ => failed.error,
        })?;
        File::open(self.folder)?.sync_all()
    }
}

fn taken() -> io::Error {
    io::Error::new(ErrorKind::AlreadyExists, "there is something of this name already")
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
    fn a_file_has_its_name_when_it_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("users.db");
        let mut file = NewFile::create(&name).unwrap();
        file.write_all(b"whole").unwrap();
        let partial = names(folder.path());
        assert_eq!(partial.len(), 1);
        assert!(partial[0].starts_with(".users.db.") && partial[0].ends_with(".partial"));
        assert_eq!(file.partial(), folder.path().join(&partial[0]));
        file.finish().unwrap();
        assert_eq!(names(folder.path()), ["users.db"]);
        assert_eq!(fs::read(&name).unwrap(), b"whole");
        assert_eq!(name.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_not_finished_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        drop(NewFile::create(&folder.path().join("users.db")).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn what_is_there_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("users.db");
        let file = NewFile::create(&name).unwrap();
        fs::write(&name, "older").unwrap();
        for refused in [NewFile::create(&name).map(drop), file.finish()] {
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(&name).unwrap(), b"older");
        assert_eq!(names(folder.path()), ["users.db"]);
        assert!(NewFile::create(Path::new("/")).is_err());
    }
}

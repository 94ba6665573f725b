//! Reads of small files, bounded in size.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zeroize::Zeroizing;

use super::explain::explain;

/// The content of the file at `path`, at most `limit` bytes.
///
/// # Errors
///
/// [`ErrorKind::FileTooLarge`], and those of the system as [`explain`] words them.
pub fn read(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    file.map_err(|error| explain(path, error))?;
    if bytes.len() as u64 > limit {
        let sentence = format!("it is larger than {} KiB", limit / 1024);
        return Err(io::Error::new(ErrorKind::FileTooLarge, sentence));
    }
    Ok(bytes)
}

/// As [`read`], of a regular file only.
///
/// # Errors
///
/// As [`read`], and [`ErrorKind::InvalidInput`].
pub fn read_regular(path: &Path, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    check_regular(path)?;
    read(path, limit)
}

/// Opens a regular file for reading.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for another file, and those of the system as [`explain`] words them.
pub fn open_regular(path: &Path) -> io::Result<File> {
    check_regular(path)?;
    File::open(path).map_err(|error| explain(path, error))
}

/// Opening or reading a pipe could block for ever.
fn check_regular(path: &Path) -> io::Result<()> {
    let metadata = path.metadata().map_err(|error| explain(path, error))?;
    if metadata.is_dir() {
        return Err(explain(path, ErrorKind::IsADirectory.into()));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(())
}

/// Whether `path` is a regular file that users other than its owner may read or write.
#[must_use]
pub fn is_accessible_by_others(path: &Path) -> bool {
    has_mode(path, 0o066)
}

/// Whether `path` is a regular file that users other than its owner may write.
#[must_use]
pub fn is_writable_by_others(path: &Path) -> bool {
    has_mode(path, 0o022)
}

fn has_mode(path: &Path, bits: u32) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & bits != 0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x".repeat(1024)).unwrap();
        assert_eq!(read(&path, 1024).unwrap().len(), 1024);
        fs::write(&path, "x".repeat(1025)).unwrap();
        assert_eq!(read(&path, 1024).unwrap_err().to_string(), "it is larger than 1 KiB");
    }

    #[test]
    fn error_names_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let error = |path: &Path| read_regular(path, 1).unwrap_err().to_string();
        assert_eq!(read(folder.path(), 1).unwrap_err().to_string(), "it is a folder, not a file");
        assert_eq!(error(Path::new("/dev/zero")), "it is not a regular file");
        assert_eq!(error(&folder.path().join("no")), "no such file or folder");
        assert!(error(Path::new("no")).starts_with("no such file or folder in /"));
    }
}

//! Small files that a configuration names: read as a whole, bounded, with errors for people.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};

use zeroize::Zeroizing;

/// The content of the file at `path`, which may have at most `most` bytes.
///
/// # Errors
///
/// The system's, in a sentence of our own, and [`ErrorKind::FileTooLarge`].
pub fn read(path: &Path, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let file = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    file.map_err(|error| explained(path, error))?;
    if bytes.len() as u64 > most {
        let sentence = format!("it is larger than {} KiB", most / 1024);
        return Err(io::Error::new(ErrorKind::FileTooLarge, sentence));
    }
    Ok(bytes)
}

/// As [`read`], and refuses what is no file: a pipe would be waited for, for ever.
///
/// # Errors
///
/// As [`read`], and [`ErrorKind::InvalidInput`].
pub fn read_regular(path: &Path, most: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let metadata = path.metadata().map_err(|error| explained(path, error))?;
    if metadata.is_dir() {
        return Err(explained(path, ErrorKind::IsADirectory.into()));
    }
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    read(path, most)
}

/// Whether `path` is a regular file that others than its owner may read or write.
#[must_use]
pub fn is_exposed(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o066 != 0)
}

/// The error of the system that `path` met, in a sentence with the cure.
#[must_use]
pub fn explained(path: &Path, error: io::Error) -> io::Error {
    let sentence = match error.kind() {
        ErrorKind::NotFound if path.is_relative() => match std::env::current_dir() {
            Ok(folder) => {
                format!("there is no such file or folder, seen from {}", folder.display())
            }
            Err(_) => "there is no such file or folder".to_owned(),
        },
        ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => {
            "the user that countersign runs as has no permission for it, or for a folder above it"
                .to_owned()
        }
        ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        ErrorKind::NotADirectory => "a part of its path is a file, not a folder".to_owned(),
        ErrorKind::InvalidFilename => {
            "no file can have such a name; give the path of a file, not its content".to_owned()
        }
        ErrorKind::ReadOnlyFilesystem => "it is on a read-only file system".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => return error,
    };
    io::Error::new(error.kind(), sentence)
}

/// The path of a file that may hold secrets, for an error: a path that leads nowhere may be the
/// secret itself, put in the place of the file's name, and is then not shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(pub &'a Path);

impl Shown<'_> {
    /// No component of lower-case words is longer without being a secret, in bytes.
    const LONGEST_WORD: usize = 20;

    fn is_path(self) -> bool {
        let Self(path) = self;
        let is_plain = |part: Component<'_>| match part {
            Component::Normal(name) => {
                let is_word = |byte: &u8| byte.is_ascii_lowercase() || b".-_".contains(byte);
                let bytes = name.as_encoded_bytes();
                bytes.len() <= Self::LONGEST_WORD && bytes.iter().all(is_word)
            }
            _ => true,
        };
        let starts_in_a_folder = || {
            let first = path.ancestors().filter(|folder| folder.parent().is_some()).last();
            first.is_some_and(|first| first != path && first.is_dir())
        };
        path.symlink_metadata().is_ok() || path.components().all(is_plain) || starts_in_a_folder()
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_path() {
            write!(f, "{}", self.0.display())
        } else {
            f.write_str("(its name is not repeated, since it may be the secret itself)")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_secret_in_the_place_of_a_path_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("Secret-4711");
        fs::write(&there, "").unwrap();
        let missing = folder.path().join("Secret-4712");
        for path in [&*there, &*missing, Path::new("/no/such/file"), Path::new("keys.json")] {
            assert_eq!(Shown(path).to_string(), path.display().to_string());
        }
        for secret in [
            "hunter2",
            "/aG9yc2UgYmF0dGVyeSBzdGFwbGUgY29ycmVjdCBob3JzZQ/x",
            "postgres://bob:hunter2@db/auth",
            r#"{"keys":[]}"#,
            "correct-horse-battery-staple",
        ] {
            assert!(!Shown(Path::new(secret)).to_string().contains(secret), "{secret}");
        }
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x".repeat(1024)).unwrap();
        assert_eq!(read(&path, 1024).unwrap().len(), 1024);
        fs::write(&path, "x".repeat(1025)).unwrap();
        assert_eq!(read(&path, 1024).unwrap_err().to_string(), "it is larger than 1 KiB");
        assert_eq!(read(folder.path(), 1).unwrap_err().to_string(), "it is a folder, not a file");
        let not_a_file = read_regular(Path::new("/dev/zero"), 1).unwrap_err();
        assert_eq!(not_a_file.to_string(), "it is not a regular file");
        let missing = read_regular(&folder.path().join("no"), 1).unwrap_err();
        assert_eq!(missing.to_string(), "there is no such file or folder");
        let missing = read(Path::new("no"), 1).unwrap_err().to_string();
        assert!(missing.starts_with("there is no such file or folder, seen from /"), "{missing}");
    }
}

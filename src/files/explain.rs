//! I/O errors as sentences for operators.

use std::env;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The I/O error of the file at `path`, with a sentence that names the cause and the cure.
#[must_use]
pub fn explain(path: &Path, error: io::Error) -> io::Error {
    let sentence = match error.kind() {
        ErrorKind::NotFound if path.is_relative() => match env::current_dir() {
            Ok(folder) => format!("no such file or folder in {}", folder.display()),
            Err(_) => "no such file or folder".to_owned(),
        },
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => {
            "the user that countersign runs as has no permission for it, or for a folder above it"
                .to_owned()
        }
        ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        ErrorKind::NotADirectory => "a part of its path is a file, not a folder".to_owned(),
        ErrorKind::InvalidFilename => {
            "the file name is not valid; give the path of a file, not its content".to_owned()
        }
        ErrorKind::ReadOnlyFilesystem => "it is on a read-only file system".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => return error,
    };
    io::Error::new(error.kind(), sentence)
}

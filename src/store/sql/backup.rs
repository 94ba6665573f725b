//! A copy of SQLite's file while it is in use.

use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::error::reason;
use super::file::FileError;
use crate::files::NewFile;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file that is to be copied cannot be read, or is no database of ours.
    #[error("the database cannot be copied: {}", reason(.0))]
    Database(#[source] sqlx::Error),
    /// The copy cannot be written.
    #[error("the copy cannot be written: {0}")]
    Copy(#[from] io::Error),
}

/// Copies the database in the file `from`, as it is at one moment, into the new file `to`, which
/// only its owner can read. Others may read and write the database meanwhile. `timeout` is how long
/// a lock of theirs is waited for.
///
/// What is there when this has succeeded survives a loss of power.
///
/// # Errors
///
/// [`BackupError::Copy`] where there is something at `to` already, which is left alone. After any
/// other error nothing is there.
pub async fn back_up(from: &Path, to: &Path, timeout: Duration) -> Result<(), BackupError> {
    // SQLite would make it readable to everybody, and writes into an empty one.
    let copy = NewFile::create(to)?;
    let name = copy.temporary_path().to_str().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidFilename, "its name is not valid UTF-8")
    })?;
    copy_into(from, name, timeout).await.map_err(BackupError::Database)?;
    Ok(copy.finish()?)
}

/// `to` is an absolute path: SQLite takes a relative one that begins with `file:` for a URI.
async fn copy_into(from: &Path, to: &str, timeout: Duration) -> Result<(), sqlx::Error> {
    if !from.exists() {
        return Err(FileError::Missing.into());
    }
    let file = SqliteConnectOptions::new().filename(from).busy_timeout(timeout);
    let mut connection = file.connect().await?;
    // SQLite copies any database, and an empty file is one.
    sqlx::query("SELECT id FROM users LIMIT 1").execute(&mut connection).await?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await?;
    connection.close().await
}

//! Online backup of a SQLite database.

use std::io;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::error::reason;
use super::file::FileError;
use crate::files::NewFile;

/// Errors of a backup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database cannot be read, or is not countersign's.
    #[error("cannot copy the database: {}", reason(.0))]
    Database(#[source] sqlx::Error),
    /// The copy cannot be written.
    #[error("cannot write the copy: {0}")]
    Copy(#[from] io::Error),
}

/// Writes a consistent copy of the database in the file `from` into the new file `to`, with mode 0600.
/// The database may be in use; `timeout` limits the wait for a lock.
///
/// The finished copy survives a loss of power.
///
/// # Errors
///
/// [`BackupError`]; no copy is left behind. An existing file at `to` is never overwritten.
pub async fn back_up(from: &Path, to: &Path, timeout: Duration) -> Result<(), BackupError> {
    // Created here with mode 0600: SQLite would create it with the default mode, and accepts an empty
    // file.
    let copy = NewFile::create(to)?;
    let name = copy.temporary_path().to_str().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidFilename, "its name is not valid UTF-8")
    })?;
    copy_into(from, name, timeout).await.map_err(BackupError::Database)?;
    Ok(copy.finish()?)
}

/// `to` is an absolute path, since SQLite takes a relative one that begins with `file:` for a URI.
async fn copy_into(from: &Path, to: &str, timeout: Duration) -> Result<(), sqlx::Error> {
    if !from.exists() {
        return Err(FileError::Missing.into());
    }
    let file = SqliteConnectOptions::new().filename(from).busy_timeout(timeout);
    let mut connection = file.connect().await?;
    // SQLite would copy any database, including an empty file.
    sqlx::query("SELECT id FROM users LIMIT 1").execute(&mut connection).await?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await?;
    connection.close().await
}

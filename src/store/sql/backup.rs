//! A copy of SQLite's file while it is in use.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{self, Path};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file that is to be copied cannot be read, or is no database of ours.
    #[error("the database cannot be copied: {0}")]
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
    // SQLite takes a relative name that begins with `file:` for a URI.
    let to = path::absolute(to)?;
    let name = to.to_str().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidFilename, "its name is not valid UTF-8")
    })?;
    // SQLite would make it readable to everybody, and writes into an empty one.
    let copy = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&to)?;
    let copied = match copy_into(from, name, timeout).await {
        Ok(()) => sync(&copy, &to).map_err(BackupError::Copy),
        Err(error) => Err(BackupError::Database(error)),
    };
    if copied.is_err() {
        // What is there is no copy, and nobody should take it for one.
        let _ = fs::remove_file(&to);
    }
    copied
}

async fn copy_into(from: &Path, to: &str, timeout: Duration) -> Result<(), sqlx::Error> {
    let file = SqliteConnectOptions::new().filename(from).busy_timeout(timeout);
    let mut connection = file.connect().await?;
    // SQLite copies any database, and an empty file is one.
    sqlx::query("SELECT id FROM users LIMIT 1").execute(&mut connection).await?;
    sqlx::query("VACUUM INTO $1").bind(to).execute(&mut connection).await?;
    connection.close().await
}

/// The file and its name reach the disk.
fn sync(copy: &File, path: &Path) -> io::Result<()> {
    copy.sync_all()?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

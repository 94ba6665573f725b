//! The file of a SQLite database: created for its owner alone, and watched.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, OnceCell};

/// The file of a SQLite database, which has to stay the one that was opened first.
///
/// SQLite goes on to write into a file that was deleted or moved, where nobody will find it.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    settings: SqliteConnectOptions,
    /// Whether it is created where it is missing, before it is opened first.
    create: bool,
    opened: OnceCell<Opened>,
}

/// The file, and the write-ahead log beside it, as they were opened first.
#[derive(Debug)]
struct Opened {
    database: Identity,
    log_path: PathBuf,
    log: Option<Identity>,
    /// Keeps the log: SQLite deletes it with the last connection.
    connection: Mutex<Option<SqliteConnection>>,
}

/// Device and inode.
type Identity = (u64, u64);

/// Why a file cannot be used as a SQLite database.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("the file does not exist")]
    Missing,
    #[error("the folder {0} does not exist; create it first")]
    NoFolder(PathBuf),
    #[error("it is a folder; name a file in it, such as {0}")]
    IsFolder(PathBuf),
    #[error("it cannot be created: {0}")]
    NotCreated(#[source] io::Error),
    #[error("it cannot be opened: {0}")]
    NotOpened(#[source] io::Error),
    #[error(
        "the file was deleted or moved while it was in use; put the same file back, or restart \
         with a restored one"
    )]
    Gone,
    #[error(
        "another file has taken the place of the one in use; put the first one back, or restart \
         to use the other"
    )]
    Replaced,
    #[error(
        "the write-ahead log {0} was deleted, moved or replaced while it was in use; stop the \
         service to have it written back into the database"
    )]
    LogGone(PathBuf),
}

impl From<FileError> for sqlx::Error {
    fn from(error: FileError) -> Self {
        Self::Configuration(error.into())
    }
}

impl DatabaseFile {
    pub(super) fn new(path: &Path, settings: SqliteConnectOptions, create: bool) -> Self {
        Self { path: path.to_owned(), settings, create, opened: OnceCell::new() }
    }

    /// Opens the file where that has not been done, and compares it with the one that was opened.
    ///
    /// # Errors
    ///
    /// [`FileError`], or the failure of SQLite to open it.
    pub(super) async fn check(&self) -> Result<(), sqlx::Error> {
        let opened = self.opened.get_or_try_init(|| self.open()).await?;
        match identity(&self.path) {
            Some(identity) if identity == opened.database => {}
            Some(_) => return Err(FileError::Replaced.into()),
            None => return Err(FileError::Gone.into()),
        }
        if opened.log.is_some() && identity(&opened.log_path) != opened.log {
            return Err(FileError::LogGone(opened.log_path.clone()).into());
        }
        Ok(())
    }

    /// Closes the connection that keeps the log.
    pub(super) async fn close(&self) {
        let Some(opened) = self.opened.get() else { return };
        if let Some(connection) = opened.connection.lock().await.take() {
            // What it cannot do any more, those of the pools can.
            let _ = connection.close().await;
        }
    }

    async fn open(&self) -> Result<Opened, sqlx::Error> {
        self.prepare()?;
        let opened = self.settings.connect().await;
        let mut connection =
            opened.map_err(|error| self.reason_for(&error).map_or(error, sqlx::Error::from))?;
        // The log is created, and kept, with the first look into the file.
        sqlx::query("SELECT 1 FROM sqlite_schema").fetch_optional(&mut connection).await?;
        let database = identity(&self.path).ok_or(FileError::Gone)?;
        // Beside the file that a link points to, as SQLite does.
        let mut log_path: OsString =
            fs::canonicalize(&self.path).map_err(FileError::NotOpened)?.into();
        log_path.push("-wal");
        let log_path = PathBuf::from(log_path);
        let log = identity(&log_path);
        Ok(Opened { database, log_path, log, connection: Mutex::new(Some(connection)) })
    }

    /// Creates the file where it is missing, and may be.
    ///
    /// Files that are there are not opened here: when any descriptor of a file is closed, the locks
    /// of the whole process on it are gone, those of SQLite too.
    fn prepare(&self) -> Result<(), FileError> {
        if self.path.is_dir() {
            return Err(FileError::IsFolder(self.path.join("users.db")));
        }
        if self.path.exists() {
            return Ok(());
        }
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        if !folder.exists() {
            return Err(FileError::NoFolder(folder.to_owned()));
        }
        if !self.create {
            return Err(FileError::Missing);
        }
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            // Another process was faster.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(FileError::NotCreated(error))
            }
            _ => Ok(()),
        }
    }

    /// SQLite says of several causes that it is "unable to open database file".
    fn reason_for(&self, error: &sqlx::Error) -> Option<FileError> {
        let code = error.as_database_error()?.code()?;
        // SQLITE_CANTOPEN, and the extended codes of it.
        let is_unopened = code.parse::<u32>().is_ok_and(|code| code & 0xff == 14);
        let opening = || OpenOptions::new().read(true).write(true).open(&self.path).err();
        is_unopened.then(opening).flatten().map(FileError::NotOpened)
    }
}

fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

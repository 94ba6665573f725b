//! The file of a SQLite database: created with mode 0600, and checked for replacement.

use std::ffi::OsString;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Instant, sleep};

use super::error::sqlite_code;

use crate::files::explain;

/// `SQLITE_BUSY`.
const BUSY: u32 = 5;

/// `SQLITE_CANTOPEN`.
const CANTOPEN: u32 = 14;

/// The interval between two attempts to open the file while another process creates it.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);

/// The file of a SQLite database, which must remain the one that was opened first: SQLite would write
/// on into a file that was deleted or moved.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    settings: SqliteConnectOptions,
    /// Whether a missing file is created before it is first opened.
    create: bool,
    /// How long the first connection is retried while another process holds the file's lock.
    timeout: Duration,
    opened: OnceCell<Opened>,
}

/// The identities of the file, its write-ahead log and shared memory, when they were first opened.
#[derive(Debug)]
struct Opened {
    database: Identity,
    companions: Vec<(PathBuf, Identity)>,
    /// Preserves the companions: SQLite deletes them with the last connection.
    connection: Mutex<Option<SqliteConnection>>,
}

/// Device and inode.
type Identity = (u64, u64);

/// Errors of the file of a SQLite database.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("the file does not exist")]
    Missing,
    #[error("the folder {0} does not exist; create it first")]
    NoFolder(PathBuf),
    #[error("it is a folder; use a file in it, such as {0}")]
    IsFolder(PathBuf),
    #[error("it cannot be created: {0}")]
    NotCreated(#[source] io::Error),
    #[error("it cannot be opened: {0}")]
    NotOpened(#[source] io::Error),
    #[error(
        "the file was deleted or moved while it was in use; put the same file back, or stop the \
         service, move what is left of its -wal and -shm away, and start it with a restored one"
    )]
    Gone,
    #[error(
        "the file was replaced while it was in use; put the first one back, or stop the \
         service, move the -wal and -shm of the first one away, and start it with the other"
    )]
    Replaced,
    #[error(
        "the file was emptied while it was in use; stop the service, move its -wal and -shm away, \
         and start it with a restored one"
    )]
    Emptied,
    #[error(
        "{0}, which belongs to the file, was deleted, moved or replaced while it was in use; stop \
         the service, which then writes its content back into the file"
    )]
    CompanionGone(PathBuf),
    #[error("another request or process holds its lock; see --database-timeout")]
    Locked,
}

impl From<FileError> for sqlx::Error {
    fn from(error: FileError) -> Self {
        Self::Configuration(error.into())
    }
}

impl DatabaseFile {
    pub(super) fn new(
        path: &Path,
        settings: SqliteConnectOptions,
        create: bool,
        timeout: Duration,
    ) -> Self {
        Self { path: path.to_owned(), settings, create, timeout, opened: OnceCell::new() }
    }

    /// Opens the file at the first call, and checks that it is still the same file.
    ///
    /// # Errors
    ///
    /// [`FileError`], and SQLite's errors of opening the file.
    pub(super) async fn check(&self) -> Result<(), sqlx::Error> {
        let opened = self.opened.get_or_try_init(|| self.open()).await?;
        match fs::metadata(&self.path) {
            Ok(file) if identity(&file) != opened.database => {
                return Err(FileError::Replaced.into());
            }
            // An opened database has at least one page.
            Ok(file) if file.len() == 0 => return Err(FileError::Emptied.into()),
            Ok(_) => {}
            Err(_) => return Err(FileError::Gone.into()),
        }
        for (path, opened) in &opened.companions {
            if fs::metadata(path).is_ok_and(|file| identity(&file) == *opened) {
                continue;
            }
            return Err(FileError::CompanionGone(path.clone()).into());
        }
        Ok(())
    }

    /// Closes the connection that preserves the companions.
    pub(super) async fn close(&self) {
        let Some(opened) = self.opened.get() else { return };
        if let Some(connection) = opened.connection.lock().await.take() {
            // On failure the connections of the pools write the log back.
            let _ = connection.close().await;
        }
    }

    async fn open(&self) -> Result<Opened, sqlx::Error> {
        self.prepare()?;
        let mut connection = self.connect().await?;
        // SQLite creates the companions with the first read.
        sqlx::query("SELECT 1 FROM sqlite_schema").fetch_optional(&mut connection).await?;
        let database = identity(&fs::metadata(&self.path).map_err(|_| FileError::Gone)?);
        // SQLite creates them beside the target of a link.
        let file = fs::canonicalize(&self.path).map_err(FileError::NotOpened)?;
        let companion = |suffix| {
            let mut path: OsString = file.clone().into();
            path.push(suffix);
            let metadata = fs::metadata(&path).ok()?;
            Some((path.into(), identity(&metadata)))
        };
        let companions = ["-wal", "-shm"].into_iter().filter_map(companion).collect();
        Ok(Opened { database, companions, connection: Mutex::new(Some(connection)) })
    }

    /// The first connection. It sets the journal mode of a new file, for which SQLite does not wait while
    /// another process does the same: it is retried until the timeout.
    async fn connect(&self) -> Result<SqliteConnection, sqlx::Error> {
        let deadline = Instant::now() + self.timeout;
        loop {
            match self.settings.connect().await {
                Err(error)
                    if error.as_database_error().and_then(sqlite_code) == Some(BUSY)
                        && Instant::now() < deadline =>
                {
                    sleep(RETRY_INTERVAL).await;
                }
                Err(error) => return Err(self.reason_for(&error).map_or(error, sqlx::Error::from)),
                Ok(connection) => return Ok(connection),
            }
        }
    }

    /// Creates a missing file, if that is configured.
    ///
    /// An existing file is not opened here: closing any descriptor of a file releases all locks of the
    /// process on it, including SQLite's.
    fn prepare(&self) -> Result<(), FileError> {
        let unopened = |error| FileError::NotOpened(explain(&self.path, error));
        match fs::metadata(&self.path) {
            Ok(file) if file.is_dir() => {
                return Err(FileError::IsFolder(self.path.join("users.db")));
            }
            Ok(file) if file.is_file() => return Ok(()),
            Ok(_) => {
                let kind = ErrorKind::InvalidInput;
                return Err(unopened(io::Error::new(kind, "it is not a regular file")));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // It may exist, and be inaccessible.
            Err(error) => return Err(unopened(error)),
        }
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        match fs::metadata(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(FileError::NoFolder(folder.to_owned()));
            }
            Err(error) => return Err(unopened(error)),
            Ok(_) if !self.create => return Err(FileError::Missing),
            Ok(_) => {}
        }
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.path) {
            // Another process has created it meanwhile.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(FileError::NotCreated(explain(&self.path, error)))
            }
            _ => Ok(()),
        }
    }

    /// The cause of SQLite's error "unable to open database file", which has several causes.
    fn reason_for(&self, error: &sqlx::Error) -> Option<FileError> {
        let is_unopened = error.as_database_error().and_then(sqlite_code) == Some(CANTOPEN);
        let opening = || OpenOptions::new().read(true).write(true).open(&self.path).err();
        let error = is_unopened.then(opening).flatten()?;
        Some(FileError::NotOpened(explain(&self.path, error)))
    }
}

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
}

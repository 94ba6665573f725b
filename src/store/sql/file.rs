//! The file of a SQLite database: created for its owner alone, and watched.

use std::ffi::OsString;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::{Mutex, OnceCell};

use crate::files::explain;

/// The file of a SQLite database, which has to stay the one that was opened first.
///
/// SQLite goes on to write into a file that was deleted or moved, which has no path any more.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    settings: SqliteConnectOptions,
    /// Whether it is created where it is missing, before it is opened first.
    create: bool,
    opened: OnceCell<Opened>,
}

/// The file, and the write-ahead log and its index beside it, as they were opened first.
#[derive(Debug)]
struct Opened {
    database: Identity,
    companions: Vec<(PathBuf, Identity)>,
    /// Keeps the companions: SQLite deletes them with the last connection.
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
        "the file was deleted or moved while it was in use; put the same file back, or stop the \
         service, move what is left of its -wal and -shm away, and start it with a restored one"
    )]
    Gone,
    #[error(
        "another file has taken the place of the one in use; put the first one back, or stop the \
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
         the service to have all of it written back into the file"
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
        match fs::metadata(&self.path) {
            Ok(file) if identity(&file) != opened.database => {
                return Err(FileError::Replaced.into());
            }
            // It has a page at least, once it has been opened.
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
        // The companions are created, and kept, with the first look into the file.
        sqlx::query("SELECT 1 FROM sqlite_schema").fetch_optional(&mut connection).await?;
        let database = identity(&fs::metadata(&self.path).map_err(|_| FileError::Gone)?);
        // Beside the file that a link points to, as SQLite has them.
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

    /// Creates the file where it is missing, and may be.
    ///
    /// Files that are there are not opened here: when any descriptor of a file is closed, the locks
    /// of the whole process on it are gone, those of SQLite too.
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
            // It may be there, and out of reach.
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
            // Another process was faster.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(FileError::NotCreated(explain(&self.path, error)))
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
        let error = is_unopened.then(opening).flatten()?;
        Some(FileError::NotOpened(explain(&self.path, error)))
    }
}

fn identity(file: &Metadata) -> Identity {
    (file.dev(), file.ino())
}

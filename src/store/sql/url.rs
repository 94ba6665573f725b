//! Database URLs.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::postgres::{PostgresUrl, PostgresUrlError};

/// A database URL: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/NAME?…`.
///
/// `Display` and `Debug` show the path, or the hosts and the database name; the errors show no part of
/// it, since it may hold a password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// The path of a SQLite file.
    Sqlite(PathBuf),
    /// The URL of PostgreSQL servers.
    Postgres(Box<PostgresUrl>),
}

/// Errors of a database URL. They show no part of it, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Neither `sqlite:` nor `postgres://`.
    #[error("expected sqlite:PATH, such as sqlite:users.db, or postgres://USER:PASSWORD@HOST/NAME")]
    Unknown,
    /// A malformed PostgreSQL URL.
    #[error("malformed PostgreSQL URL: {0}")]
    Postgres(#[from] PostgresUrlError),
    /// `sqlite:` is followed by a folder.
    #[error(
        "sqlite: is followed by a folder; expected the path of a file, such as sqlite:users.db"
    )]
    SqliteFolder,
    /// `sqlite:` is followed by a URI of SQLite's.
    #[error(
        "sqlite: is followed by a URI; expected the path of a file without file: and without \
         parameters, such as sqlite:users.db"
    )]
    SqliteUri,
    /// `sqlite:` is followed by a user and a password.
    #[error(
        "sqlite: is followed by a user and a password; expected the path of a file, such as \
         sqlite:users.db, or postgres:// for a server"
    )]
    SqliteCredentials,
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        let postgres = text.strip_prefix("postgres://");
        if let Some(rest) = postgres.or_else(|| text.strip_prefix("postgresql://")) {
            return Ok(Self::Postgres(PostgresUrl::parse(rest)?.into()));
        }
        let path = text.strip_prefix("sqlite:").ok_or(DatabaseUrlError::Unknown)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        // SQLite takes these for databases in memory.
        if path.is_empty() || path.starts_with(':') {
            return Err(DatabaseUrlError::Unknown);
        }
        if path.ends_with('/') {
            return Err(DatabaseUrlError::SqliteFolder);
        }
        if path.starts_with("file:") || path.contains('?') {
            return Err(DatabaseUrlError::SqliteUri);
        }
        if path.split_once(':').is_some_and(|(_, rest)| rest.contains('@')) {
            return Err(DatabaseUrlError::SqliteCredentials);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl DatabaseUrl {
    /// The files of a SQLite database: the file itself, its write-ahead log and shared memory.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let Self::Sqlite(path) = self else { return Vec::new() };
        let beside = |suffix: &str| {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        ["", "-wal", "-shm"].map(beside).into()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => write!(f, "{url}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        format!("{:?}", text.parse::<DatabaseUrl>().unwrap())
    }

    #[test]
    fn url_names_a_file_or_servers() {
        assert_eq!(shown("sqlite:users.db"), "sqlite:users.db");
        assert_eq!(shown("sqlite:///var/lib/users.db"), "sqlite:/var/lib/users.db");
        assert_eq!(shown("postgresql://u:hunter2@h/n"), "postgres://h:5432/n");
    }

    #[test]
    fn malformed_url_is_rejected() {
        use DatabaseUrlError::{SqliteCredentials, SqliteFolder, SqliteUri, Unknown};
        for (text, error) in [
            ("", Unknown),
            ("users.db", Unknown),
            ("sqlite:", Unknown),
            ("sqlite::memory:", Unknown),
            ("mysql://h/n", Unknown),
            ("sqlite:users/", SqliteFolder),
            ("sqlite:x?mode=ro", SqliteUri),
            ("sqlite:file:x", SqliteUri),
            ("sqlite://bob:hunter2@db/auth", SqliteCredentials),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap_err(), error, "{text}");
        }
    }
}

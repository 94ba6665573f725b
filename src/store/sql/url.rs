//! Which database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::postgres::{PostgresUrl, PostgresUrlError};

/// Names a database: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/NAME?…`.
///
/// `Display` and `Debug` show hosts and the name of the database, and the errors nothing, since a
/// password may be in it.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file, made where it is missing.
    Sqlite(PathBuf),
    /// Servers, as PostgreSQL's own URLs name them.
    Postgres(Box<PostgresUrl>),
}

/// Why a text names no database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// Neither of the two.
    #[error("expected sqlite:PATH, such as sqlite:users.db, or postgres://USER:PASSWORD@HOST/NAME")]
    Unknown,
    /// A URL of PostgreSQL's that is not well-formed.
    #[error("cannot read the PostgreSQL URL: {0}")]
    Postgres(#[from] PostgresUrlError),
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
        // SQLite would take these as the names of databases that are gone at exit.
        if path.is_empty() || path.starts_with(':') || path.contains('?') {
            return Err(DatabaseUrlError::Unknown);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl DatabaseUrl {
    /// The files of the database on this machine: SQLite's, with its companions.
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
    fn a_url_names_a_file_or_a_server() {
        assert_eq!(shown("sqlite:users.db"), "sqlite:users.db");
        assert_eq!(shown("sqlite:///var/lib/users.db"), "sqlite:/var/lib/users.db");
        assert_eq!(shown("postgresql://u:hunter2@h/n"), "postgres://h:5432/n");
    }

    #[test]
    fn what_names_no_database_is_refused() {
        for text in
            ["", "users.db", "sqlite:", "sqlite::memory:", "sqlite:x?mode=ro", "mysql://h/n"]
        {
            assert_eq!(
                text.parse::<DatabaseUrl>().unwrap_err(),
                DatabaseUrlError::Unknown,
                "{text}"
            );
        }
    }
}

//! Which database.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;

/// Names a database: `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST/NAME?…`.
///
/// `Debug` and the errors show nothing of the latter, since a password may be in it.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file, made where it is missing.
    Sqlite(PathBuf),
    /// A server, as PostgreSQL's own URLs name it.
    Postgres(SecretString),
}

/// Why a text names no database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected sqlite:PATH, such as sqlite:users.db, or postgres://USER:PASSWORD@HOST/NAME")]
pub struct DatabaseUrlError;

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned().into()));
        }
        let path = text.strip_prefix("sqlite:").ok_or(DatabaseUrlError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        // SQLite would take these as the names of databases that are gone at exit.
        if path.is_empty() || path.starts_with(':') || path.contains('?') {
            return Err(DatabaseUrlError);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://[REDACTED]"),
        }
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
        assert_eq!(shown("postgresql://u:hunter2@h/n"), "postgres://[REDACTED]");
    }

    #[test]
    fn what_names_no_database_is_refused() {
        for text in
            ["", "users.db", "sqlite:", "sqlite::memory:", "sqlite:x?mode=ro", "mysql://h/n"]
        {
            assert_eq!(text.parse::<DatabaseUrl>().unwrap_err(), DatabaseUrlError, "{text}");
        }
    }
}

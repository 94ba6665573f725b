//! Errors of connecting to PostgreSQL.

use std::io::{self, ErrorKind};

use sqlx::postgres::PgConnectOptions;

use super::url::address;
use crate::store::sql::error::reason;

/// Errors of connecting to a server: a sentence with the cause and the cure.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("{server} does not respond")]
    Timeout { server: String },
    #[error("{server} accepts no writes, {}", if *.is_standby { "it is a standby" } else { "it is read-only" })]
    ReadOnly { server: String, is_standby: bool },
    #[error("{server}: {sentence}")]
    Other { server: String, sentence: String, is_transient: bool },
    #[error("no server is usable: {}", .0.iter().map(reason).collect::<Vec<_>>().join("; "))]
    All(Vec<sqlx::Error>),
}

impl From<ConnectError> for sqlx::Error {
    fn from(error: ConnectError) -> Self {
        Self::Configuration(error.into())
    }
}

impl ConnectError {
    /// The error of all servers.
    pub(super) fn all(mut errors: Vec<sqlx::Error>) -> sqlx::Error {
        match errors.pop() {
            Some(only) if errors.is_empty() => only,
            last => {
                errors.extend(last);
                Self::All(errors).into()
            }
        }
    }

    pub(super) fn timeout(server: &PgConnectOptions) -> sqlx::Error {
        Self::Timeout { server: address(server) }.into()
    }

    /// The error of starting a session with `server`.
    pub(super) fn at_server(server: &PgConnectOptions, error: &sqlx::Error) -> sqlx::Error {
        let (sentence, is_transient) = match error {
            sqlx::Error::Io(error) => network_error(server, error),
            sqlx::Error::Tls(error) => (tls_error(&error.to_string()), false),
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                server_error(server, &code, error.message())
            }
            error => (error.to_string(), false),
        };
        Self::Other { server: address(server), sentence, is_transient }.into()
    }

    fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::ReadOnly { .. } => true,
            Self::Other { is_transient, .. } => *is_transient,
            Self::All(errors) => errors.iter().any(is_transient),
        }
    }
}

/// Whether a retry may succeed soon.
pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    let sqlx::Error::Configuration(error) = error else { return false };
    error.downcast_ref::<ConnectError>().is_some_and(ConnectError::is_transient)
}

fn network_error(server: &PgConnectOptions, error: &io::Error) -> (String, bool) {
    let is_socket = server.get_socket().is_some() || server.get_host().starts_with('/');
    let sentence = match error.kind() {
        ErrorKind::ConnectionRefused => {
            let sentence =
                "connection refused; check that PostgreSQL is running and that this is its port";
            return (sentence.to_owned(), true);
        }
        ErrorKind::NotFound if is_socket => {
            let sentence =
                "no socket; check that PostgreSQL is running and that this is its socket folder";
            return (sentence.to_owned(), true);
        }
        ErrorKind::NotFound | ErrorKind::PermissionDenied if !is_socket => {
            format!("cannot read the file of sslrootcert, sslcert or sslkey: {error}")
        }
        ErrorKind::InvalidData => tls_error(&error.to_string()),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            return ("it closed the connection; check that it is PostgreSQL".to_owned(), true);
        }
        // The system has no error kind for these.
        _ if error.to_string().starts_with("failed to lookup address") => {
            let is_transient = ["Temporary failure", "Try again"]
                .iter()
                .any(|words| error.to_string().contains(words));
            let sentence = if is_transient {
                "name resolution failed temporarily; check the name server"
            } else {
                "host not found; check the name in the URL"
            };
            return (sentence.to_owned(), is_transient);
        }
        _ => return (format!("unreachable: {error}"), true),
    };
    (sentence, false)
}

fn tls_error(text: &str) -> String {
    let text =
        text.trim_start_matches("error occurred while attempting to establish a TLS connection: ");
    if text.contains("does not support TLS") {
        "it has no TLS, which sslmode requires; enable TLS there, or set sslmode=prefer".to_owned()
    } else if text.contains("UnknownIssuer") {
        "its certificate is not issued by an authority in sslrootcert; set the right file"
            .to_owned()
    } else if text.contains("UnsupportedCertVersion") {
        "its certificate is of X.509 version 1; create one of version 3, as with openssl's -extfile"
            .to_owned()
    } else if text.contains("NotValidForName") || text.contains("not valid for name") {
        "its certificate is not for this host, which sslmode=verify-full requires".to_owned()
    } else if text.contains("Expired") || text.contains("expired") {
        "its certificate has expired".to_owned()
    } else {
        format!("TLS failed: {text}")
    }
}

fn server_error(server: &PgConnectOptions, code: &str, message: &str) -> (String, bool) {
    let role = server.get_username();
    let database = server.get_database().unwrap_or(role);
    let sentence = match code {
        "28P01" => format!("wrong password of the role {role:?}; check it in the URL"),
        "28000" => format!("it rejects the role {role:?} for {database:?}: {message}"),
        "3D000" => format!("database {database:?} not found; `createdb` creates one"),
        "42501" => format!(
            "the role {role:?} may not connect to {database:?}; GRANT CONNECT ON DATABASE allows it"
        ),
        "53300" => {
            let cure = "reduce --database-connections, or raise its max_connections";
            return (format!("it has no connections left: {message}; {cure}"), true);
        }
        "57P03" => return (format!("it is starting or stopping: {message}"), true),
        "57P01" | "57P02" => return (message.to_owned(), true),
        _ if message.contains("unsupported startup parameter") => format!(
            "it is a pooler that does not accept the options of the URL: {message}; set the schema \
             with --database-schema, and other options with ALTER ROLE … SET"
        ),
        _ => message.to_owned(),
    };
    (sentence, false)
}

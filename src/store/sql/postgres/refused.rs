//! Why there is no connection to PostgreSQL.

use std::io::{self, ErrorKind};

use sqlx::postgres::PgConnectOptions;

use super::url::address;
use crate::store::sql::error::reason;

/// Why a server was not connected to: one sentence for each cause, with the cure.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("{server} does not answer")]
    Silent { server: String },
    #[error("{server} takes no writes, {}", if *.is_standby { "it is a standby" } else { "it is read-only" })]
    ReadOnly { server: String, is_standby: bool },
    #[error("{server}: {sentence}")]
    Because { server: String, sentence: String, is_transient: bool },
    #[error("no server will do: {}", .0.iter().map(reason).collect::<Vec<_>>().join("; "))]
    All(Vec<sqlx::Error>),
}

impl From<Refused> for sqlx::Error {
    fn from(refused: Refused) -> Self {
        Self::Configuration(refused.into())
    }
}

impl Refused {
    /// All refusals of one round.
    pub(super) fn all(mut refusals: Vec<sqlx::Error>) -> sqlx::Error {
        match refusals.pop() {
            Some(only) if refusals.is_empty() => only,
            last => {
                refusals.extend(last);
                Self::All(refusals).into()
            }
        }
    }

    pub(super) fn silent(server: &PgConnectOptions) -> sqlx::Error {
        Self::Silent { server: address(server) }.into()
    }

    /// What an error at the start of a session means.
    pub(super) fn at(server: &PgConnectOptions, error: &sqlx::Error) -> sqlx::Error {
        let (sentence, is_transient) = match error {
            sqlx::Error::Io(error) => of_the_network(server, error),
            sqlx::Error::Tls(error) => (of_tls(&error.to_string()), false),
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                of_the_server(server, &code, error.message())
            }
            error => (error.to_string(), false),
        };
        Self::Because { server: address(server), sentence, is_transient }.into()
    }

    fn is_transient(&self) -> bool {
        match self {
            Self::Silent { .. } | Self::ReadOnly { .. } => true,
            Self::Because { is_transient, .. } => *is_transient,
            Self::All(refusals) => refusals.iter().any(is_transient),
        }
    }
}

/// Whether another try may succeed soon.
pub(super) fn is_transient(error: &sqlx::Error) -> bool {
    let sqlx::Error::Configuration(refused) = error else { return false };
    refused.downcast_ref::<Refused>().is_some_and(Refused::is_transient)
}

fn of_the_network(server: &PgConnectOptions, error: &io::Error) -> (String, bool) {
    let is_socket = server.get_socket().is_some() || server.get_host().starts_with('/');
    let sentence = match error.kind() {
        ErrorKind::ConnectionRefused => {
            let sentence = "nothing listens there; is PostgreSQL running, and is this its port?";
            return (sentence.to_owned(), true);
        }
        ErrorKind::NotFound if is_socket => {
            let sentence = "there is no socket; is PostgreSQL running, and is this its folder?";
            return (sentence.to_owned(), true);
        }
        ErrorKind::NotFound | ErrorKind::PermissionDenied if !is_socket => {
            format!("cannot read the file of sslrootcert, sslcert or sslkey: {error}")
        }
        ErrorKind::InvalidData => of_tls(&error.to_string()),
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            return ("it closed the connection at once; is this PostgreSQL?".to_owned(), true);
        }
        // The system has no kind for these.
        _ if error.to_string().starts_with("failed to lookup address") => {
            let is_transient = ["Temporary failure", "Try again"]
                .iter()
                .any(|words| error.to_string().contains(words));
            let sentence = if is_transient {
                "its name cannot be looked up at the moment; does the name server answer?"
            } else {
                "there is no host of this name; check it in the URL"
            };
            return (sentence.to_owned(), is_transient);
        }
        _ => return (format!("cannot be reached: {error}"), true),
    };
    (sentence, false)
}

fn of_tls(text: &str) -> String {
    let text =
        text.trim_start_matches("error occurred while attempting to establish a TLS connection: ");
    if text.contains("does not support TLS") {
        "it has no TLS, which sslmode demands; set it up there, or say sslmode=prefer".to_owned()
    } else if text.contains("UnknownIssuer") {
        "its certificate is not of an authority in sslrootcert; name the right one's file"
            .to_owned()
    } else if text.contains("UnsupportedCertVersion") {
        "its certificate is of X.509 version 1; make one of version 3, as with openssl's -extfile"
            .to_owned()
    } else if text.contains("NotValidForName") || text.contains("not valid for name") {
        "its certificate is not for this host, which sslmode=verify-full demands".to_owned()
    } else if text.contains("Expired") || text.contains("expired") {
        "its certificate has expired".to_owned()
    } else {
        format!("its certificate or its TLS cannot be used: {text}")
    }
}

fn of_the_server(server: &PgConnectOptions, code: &str, message: &str) -> (String, bool) {
    let role = server.get_username();
    let database = server.get_database().unwrap_or(role);
    let sentence = match code {
        "28P01" => format!("it refuses the password of the role {role:?}; check it in the URL"),
        "28000" => format!("it does not admit the role {role:?} to {database:?}: {message}"),
        "3D000" => format!("it has no database {database:?}; `createdb` makes one"),
        "42501" => format!(
            "the role {role:?} may not connect to {database:?}; GRANT CONNECT ON DATABASE allows it"
        ),
        "53300" => {
            let cure = "lower --database-connections, or raise its max_connections";
            return (format!("it has no connection left: {message}; {cure}"), true);
        }
        "57P03" => return (format!("it is starting or stopping: {message}"), true),
        "57P01" | "57P02" => return (message.to_owned(), true),
        _ if message.contains("unsupported startup parameter") => format!(
            "a pooler is in between, and does not take the options of the URL: {message}; name the \
             schema with --database-schema, and other options with ALTER ROLE … SET"
        ),
        _ => message.to_owned(),
    };
    (sentence, false)
}

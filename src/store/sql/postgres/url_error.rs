//! The error of a PostgreSQL URL.

/// The parameters with an effect.
pub(super) const NAMES: [&str; 17] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "target_session_attrs",
    "connect_timeout",
    "pgbouncer",
    "statement_cache_capacity",
    "statement-cache-capacity",
];

/// Errors of a PostgreSQL URL. They show no part of it, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostgresUrlError {
    /// `%` without two hexadecimal digits, or an encoding of bytes that are not text.
    #[error("% must be followed by two hexadecimal digits; % itself is written %25")]
    Encoding,
    /// The host is malformed, most likely by a password that is not encoded.
    #[error(
        "malformed host; in a user name or a password @ is written %40, / is %2F, : is %3A and % is \
         %25"
    )]
    Host,
    /// The port is malformed, most likely by a slash in the password.
    #[error(
        "a port is not a number from 1 to 65535; in a user name or a password / is written %2F, \
         @ is %40, : is %3A and % is %25"
    )]
    Port,
    /// Neither one port nor one per host.
    #[error("the parameter port must have one number, or one per host")]
    Ports,
    /// The database name is malformed.
    #[error(
        "the database name contains / or @; there, in a user name and in a password / is written %2F \
         and @ is %40"
    )]
    Name,
    /// A parameter without a value.
    #[error("a parameter has no value; parameters are written ?name=value&name=value")]
    NoValue,
    /// An unknown parameter.
    #[error("unknown parameter; the known ones are: {}", NAMES.join(", "))]
    UnknownParameter,
    /// An unsupported parameter of PostgreSQL, such as `service`.
    #[error("the parameter {0} is not supported; leave it out")]
    Unsupported(&'static str),
    /// A parameter with an invalid value.
    #[error("the parameter {0} must be {1}")]
    Value(&'static str, &'static str),
    /// `verify-ca` or `verify-full` without a root certificate.
    #[error(
        "sslmode=verify-ca and verify-full require a root certificate: set sslrootcert to its file, \
         or to system for the certificates that the system trusts"
    )]
    NoRootCertificate,
    /// Rejected by sqlx.
    #[error("see PostgreSQL's documentation of connection URIs")]
    Other,
}

//! PostgreSQL's URLs, read as libpq reads them.
//!
//! sqlx's own reader knows one host, and takes `#`, `+` and brackets for what they are on the web.
//! This one takes the URL apart and hands sqlx one plain URL for each host, so that what sqlx takes
//! from variables (`PGUSER`, `PGPASSWORD`, …) and from the password file goes on to count.

use std::env;
use std::fmt::{self, Write};
use std::time::Duration;

use form_urlencoded::Serializer;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use super::parameters::{Parameter, Parameters, Target};
use super::schema::SchemaName;
use super::tls::Server;

/// PostgreSQL's servers, as a URL names them.
#[derive(Clone)]
pub struct PostgresUrl {
    /// In the order in which they are tried; never empty.
    pub(super) servers: Vec<Server>,
    pub(super) target: Target,
    /// The longest time to connect to one server; `None` for what the time-out leaves.
    pub(super) connect_timeout: Option<Duration>,
    /// Whether the URL says that a pooler such as PgBouncer is in between.
    pub(super) pooler: bool,
    /// The schema of the tables, where it is not the first of the `search_path`.
    pub(super) schema: Option<SchemaName>,
}

/// Why a URL names no PostgreSQL. The sentences never repeat a part of it: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostgresUrlError {
    /// `%` without two hexadecimal digits, or what is no text.
    #[error("a % has to be followed by two hexadecimal digits; a % itself is written %25")]
    Encoding,
    /// Most likely a password that is not encoded.
    #[error(
        "the host cannot be told; in a user name or a password @ is written %40, / is %2F, : is %3A \
         and % is %25"
    )]
    Host,
    /// The same, as it looks where the password has a slash.
    #[error(
        "a port is not a number from 1 to 65535; in a user name or a password / is written %2F, \
         @ is %40, : is %3A and % is %25"
    )]
    Port,
    /// Neither one port nor one for each host.
    #[error("the parameter port has to have one number, or as many as there are hosts")]
    Ports,
    /// What follows the host is no name of a database.
    #[error(
        "the name of the database has a / or an @ in it; there, in a user name and in a password / \
         is written %2F and @ is %40"
    )]
    Name,
    /// A parameter without a value.
    #[error("a parameter has no value; parameters are written ?name=value&name=value")]
    NoValue,
    /// A parameter that PostgreSQL does not know.
    #[error("a parameter is not known; these are: {}", Parameters::NAMES.join(", "))]
    UnknownParameter,
    /// A parameter of PostgreSQL's that is not supported, such as `service`.
    #[error("the parameter {0} is not supported; leave it out")]
    Unsupported(&'static str),
    /// A parameter with a value that it cannot have.
    #[error("the parameter {0} has to be {1}")]
    Value(&'static str, &'static str),
    /// `verify-ca` or `verify-full` without anything to verify against.
    #[error(
        "sslmode=verify-ca and verify-full need the certificate of the authority: name its file \
         with sslrootcert, or say sslrootcert=system for those that the system trusts"
    )]
    NoRootCertificate,
    /// A part that sqlx does not take.
    #[error("it cannot be used as a whole; see PostgreSQL's documentation of connection URIs")]
    Other,
}

impl PostgresUrl {
    /// Reads what follows `postgres://`.
    pub(crate) fn parse(rest: &str) -> Result<Self, PostgresUrlError> {
        let mut parameters = Parameters::default();
        // As libpq looks for it: a `?` or a `#` in a password is a part of it.
        let rest = match rest.find(['@', '/']) {
            Some(at) if rest[at..].starts_with('@') => {
                let (user, password) = match rest[..at].split_once(':') {
                    Some((user, password)) => (user, Some(password)),
                    None => (&rest[..at], None),
                };
                if !user.is_empty() {
                    parameters.set("user", decoded(user)?)?;
                }
                if let Some(password) = password {
                    parameters.set("password", decoded(password)?)?;
                }
                &rest[at + 1..]
            }
            _ => rest,
        };
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
        let mut hosts = hosts(authority)?;
        if name.contains(['/', '@']) {
            return Err(PostgresUrlError::Name);
        }
        if !name.is_empty() {
            parameters.set("dbname", decoded(name)?)?;
        }
        for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|it| !it.is_empty())
        {
            let (key, value) = pair.split_once('=').ok_or(PostgresUrlError::NoValue)?;
            parameters.set(&decoded(key)?, decoded(value)?)?;
        }
        if let Some(named) = parameters.hosts()? {
            let ports: Vec<_> = hosts.iter().map(|(_, port)| *port).collect();
            let port = |index: usize| ports.get(index).copied().flatten();
            hosts = named.into_iter().enumerate().map(|(at, host)| (host, port(at))).collect();
        }
        match parameters.ports()?.as_deref() {
            None => {}
            Some([port]) => hosts.iter_mut().for_each(|host| host.1 = Some(*port)),
            Some(ports) if ports.len() == hosts.len() => {
                hosts.iter_mut().zip(ports).for_each(|(host, port)| host.1 = Some(*port));
            }
            Some(_) => return Err(PostgresUrlError::Ports),
        }
        let servers: Result<Vec<_>, _> =
            hosts.iter().map(|(host, port)| server(host, *port, &parameters)).collect();
        let target = parameters.target(hosts.len());
        let Parameters { connect_timeout, pooler, .. } = parameters;
        Ok(Self { servers: servers?, target, connect_timeout, pooler, schema: None })
    }

    /// The same, with the tables in a schema of their own.
    #[must_use]
    pub fn with_schema(self, schema: SchemaName) -> Self {
        Self { schema: Some(schema), ..self }
    }
}

/// Each host with its port, where it has one; one empty host where there is none.
fn hosts(authority: &str) -> Result<Vec<(String, Option<u16>)>, PostgresUrlError> {
    authority
        .split(',')
        .map(|host| {
            let (host, port) = match host.strip_prefix('[') {
                Some(rest) => {
                    let (host, rest) = rest.split_once(']').ok_or(PostgresUrlError::Host)?;
                    if !(rest.is_empty() || rest.starts_with(':')) {
                        return Err(PostgresUrlError::Host);
                    }
                    (host, rest.strip_prefix(':').unwrap_or_default())
                }
                None => host.split_once(':').unwrap_or((host, "")),
            };
            let port = if port.is_empty() { None } else { Some(self::port(port)?) };
            Ok((self::host(decoded(host)?)?, port))
        })
        .collect()
}

/// A name, an address, or the folder of a socket; not what is more likely a part of a password.
pub(super) fn host(text: String) -> Result<String, PostgresUrlError> {
    let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if text.starts_with('/') || text.chars().all(is_of_a_name) {
        Ok(text)
    } else {
        Err(PostgresUrlError::Host)
    }
}

pub(super) fn port(text: &str) -> Result<u16, PostgresUrlError> {
    text.parse().ok().filter(|port| *port > 0).ok_or(PostgresUrlError::Port)
}

fn decoded(text: &str) -> Result<String, PostgresUrlError> {
    let is_encoded =
        |after: &str| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
    if !text.split('%').skip(1).all(is_encoded) {
        return Err(PostgresUrlError::Encoding);
    }
    let decoded = percent_decode_str(text).decode_utf8();
    let decoded = decoded.map_err(|_| PostgresUrlError::Encoding)?;
    if decoded.contains('\0') { Err(PostgresUrlError::Encoding) } else { Ok(decoded.into_owned()) }
}

/// What sqlx takes to connect to one of the hosts.
fn server(
    host: &str,
    port: Option<u16>,
    parameters: &Parameters,
) -> Result<Server, PostgresUrlError> {
    let mut query = Serializer::new(String::new());
    if !host.is_empty() {
        query.append_pair("host", host);
    }
    if let Some(port) = port {
        query.append_pair("port", &port.to_string());
    }
    for Parameter { name, value } in &parameters.passed_on {
        query.append_pair(name, value.expose_secret());
    }
    let is_named = parameters.passed_on.iter().any(|it| it.name == "user");
    if !is_named
        && env::var_os("PGUSER").is_none()
        && let Some(user) = login_name()
    {
        query.append_pair("user", &user);
    }
    let url = SecretString::from(format!("postgres://?{}", query.finish()));
    let options = url.expose_secret().parse().map_err(|_| PostgresUrlError::Other)?;
    Server::new(options, parameters.root_certificate.as_deref())
}

/// The user of the process, for whom libpq connects where no other one is named.
fn login_name() -> Option<String> {
    ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok().filter(|it| !it.is_empty()))
}

/// Hosts, ports and the name of the database: what may be shown to everybody.
impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (number, server) in self.servers.iter().enumerate() {
            if number > 0 {
                f.write_char(',')?;
            }
            f.write_str(&address(&server.options))?;
        }
        if let Some(Server { options: server, .. }) = self.servers.first() {
            write!(f, "/{}", server.get_database().unwrap_or_else(|| server.get_username()))?;
        }
        if let Some(schema) = &self.schema {
            write!(f, " (schema {schema})")?;
        }
        Ok(())
    }
}

/// As `Display`: what sqlx has would show the password.
impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a server is, as it is shown.
pub(super) fn address(server: &PgConnectOptions) -> String {
    let port = server.get_port();
    match server.get_socket() {
        Some(folder) => format!("{}:{port}", folder.display()),
        None if server.get_host().contains(':') => format!("[{}]:{port}", server.get_host()),
        None => format!("{}:{port}", server.get_host()),
    }
}

#[cfg(test)]
mod tests;

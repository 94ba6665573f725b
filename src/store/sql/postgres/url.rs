//! PostgreSQL URLs, parsed as libpq does.
//!
//! sqlx's own parser supports one host only, and treats `#`, `+` and brackets as in web URLs. This one
//! passes a URL for each host to sqlx, so that sqlx still applies the variables `PGUSER`,
//! `PGPASSWORD`, … and the password file.

use std::env;
use std::fmt::{self, Write};
use std::time::Duration;

use form_urlencoded::Serializer;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use super::host_and_port::{host, port};
use super::parameters::{Parameter, Parameters, Target};
use super::schema::SchemaName;
use super::tls::Server;
use super::url_error::PostgresUrlError;

/// A PostgreSQL URL.
#[derive(Clone)]
pub struct PostgresUrl {
    /// In the order in which they are tried; never empty.
    pub(super) servers: Vec<Server>,
    pub(super) target: Target,
    /// The timeout for connecting to one server; `None` for its share of the timeout of a statement.
    pub(super) connect_timeout: Option<Duration>,
    /// Whether the URL says that the connection is through a pooler such as PgBouncer.
    pub(super) pooler: bool,
    /// The configured schema of the tables; `None` for the first one of the `search_path`.
    pub(super) schema: Option<SchemaName>,
}

impl PostgresUrl {
    /// Parses the part after `postgres://`.
    pub(crate) fn parse(rest: &str) -> Result<Self, PostgresUrlError> {
        let mut parameters = Parameters::default();
        // As libpq: a password may contain `?` and `#`.
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

    /// The same URL with this schema of the tables.
    #[must_use]
    pub fn with_schema(self, schema: SchemaName) -> Self {
        Self { schema: Some(schema), ..self }
    }
}

/// The hosts with their ports, if any; one empty host if there is none.
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

/// The sqlx options of a host.
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

/// The user of the process, libpq's default role.
fn login_name() -> Option<String> {
    ["USER", "LOGNAME"].into_iter().find_map(|name| env::var(name).ok().filter(|it| !it.is_empty()))
}

/// Shows hosts, ports, database name and schema.
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

/// As `Display`: sqlx's options would show the password.
impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The address of a server, as `Display` shows it.
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

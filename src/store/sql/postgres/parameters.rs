//! The parameters of PostgreSQL URLs.

use std::time::Duration;

use secrecy::SecretString;

use super::host_and_port;
use super::url_error::{NAMES, PostgresUrlError};

/// Which of several servers is connected to: `target_session_attrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Any,
    ReadWrite,
    Primary,
}

/// A parameter that is passed to sqlx.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) value: SecretString,
}

/// The parameters of one URL.
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) passed_on: Vec<Parameter>,
    pub(super) root_certificate: Option<String>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) pooler: bool,
    hosts: Option<String>,
    ports: Option<String>,
    target: Option<Target>,
}

/// libpq's parameters without effect here, with their accepted values: those that describe the behaviour
/// anyway. Other values are rejected.
const WITHOUT_EFFECT: [(&str, &[&str]); 23] = [
    ("fallback_application_name", ANY),
    ("keepalives", ANY),
    ("keepalives_idle", ANY),
    ("keepalives_interval", ANY),
    ("keepalives_count", ANY),
    ("tcp_user_timeout", ANY),
    ("load_balance_hosts", ANY),
    ("sslcompression", ANY),
    ("sslsni", &["1"]),
    ("client_encoding", &["auto", "utf8", "UTF8", "utf-8", "UTF-8"]),
    ("gssencmode", &["disable", "prefer"]),
    ("channel_binding", &["disable", "prefer"]),
    ("sslnegotiation", &["postgres"]),
    ("replication", &["false", "off", "no", "0"]),
    ("service", &[]),
    ("passfile", &[]),
    ("requirepeer", &[]),
    ("require_auth", &[]),
    ("sslcrl", &[]),
    ("sslcrldir", &[]),
    ("sslpassword", &[]),
    ("ssl_min_protocol_version", &["TLSv1.2", "TLSv1.1", "TLSv1"]),
    ("ssl_max_protocol_version", &["TLSv1.3"]),
];
const ANY: &[&str] = &["*"];

impl Parameters {
    pub(super) fn set(&mut self, key: &str, value: String) -> Result<(), PostgresUrlError> {
        if let Some((name, harmless)) = WITHOUT_EFFECT.iter().find(|(name, _)| *name == key) {
            let is_harmless = *harmless == ANY || harmless.contains(&&*value);
            return if is_harmless { Ok(()) } else { Err(PostgresUrlError::Unsupported(name)) };
        }
        let name = NAMES.iter().copied().find(|name| *name == key);
        match name.ok_or(PostgresUrlError::UnknownParameter)? {
            "host" | "hostaddr" => self.hosts = Some(value),
            "port" => self.ports = Some(value),
            "sslrootcert" => self.root_certificate = Some(value),
            "target_session_attrs" => {
                self.target = Some(match &*value {
                    "any" => Target::Any,
                    "read-write" => Target::ReadWrite,
                    "primary" => Target::Primary,
                    _ => {
                        let values = "read-write, primary or any";
                        return Err(PostgresUrlError::Value("target_session_attrs", values));
                    }
                });
            }
            "connect_timeout" => {
                let expected = PostgresUrlError::Value("connect_timeout", "a number of seconds");
                let seconds = value.trim().parse::<i32>().map_err(|_| expected)?;
                // As libpq: zero and negative numbers mean no timeout.
                self.connect_timeout =
                    u64::try_from(seconds).ok().filter(|it| *it > 0).map(Duration::from_secs);
            }
            "pgbouncer" => {
                self.pooler = value
                    .parse()
                    .map_err(|_| PostgresUrlError::Value("pgbouncer", "true or false"))?;
            }
            name @ ("statement_cache_capacity" | "statement-cache-capacity") => {
                let number = value.parse::<u16>();
                let number = number.map_err(|_| PostgresUrlError::Value(name, "a number"))?;
                self.pooler |= number == 0;
            }
            "sslmode" if !SSL_MODES.contains(&&*value) => {
                let values = "disable, allow, prefer, require, verify-ca or verify-full";
                return Err(PostgresUrlError::Value("sslmode", values));
            }
            name => {
                self.passed_on.retain(|earlier| earlier.name != name);
                self.passed_on.push(Parameter { name, value: value.into() });
            }
        }
        Ok(())
    }

    /// The hosts of the parameter, which replace those of the authority.
    pub(super) fn hosts(&self) -> Result<Option<Vec<String>>, PostgresUrlError> {
        let hosts = self.hosts.as_ref().map(|hosts| hosts.split(','));
        let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
        hosts.map(|hosts| hosts.map(|host| host_and_port::host(bare(host))).collect()).transpose()
    }

    pub(super) fn ports(&self) -> Result<Option<Vec<u16>>, PostgresUrlError> {
        let default =
            |port: &str| if port.is_empty() { Ok(5432) } else { host_and_port::port(port) };
        self.ports.as_ref().map(|ports| ports.split(',').map(default).collect()).transpose()
    }

    /// The default of several servers is `read-write`, unlike libpq's.
    pub(super) fn target(&self, hosts: usize) -> Target {
        let otherwise = if hosts > 1 { Target::ReadWrite } else { Target::Any };
        self.target.unwrap_or(otherwise)
    }
}

const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

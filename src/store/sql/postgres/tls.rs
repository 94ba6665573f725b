//! TLS modes and certificates, by the rules of libpq.

use std::env;
use std::io::ErrorKind;
use std::path::PathBuf;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};

use super::tunnel;
use super::url_error::PostgresUrlError;

/// The files with the certificates that the system trusts, of different distributions.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// One of the servers of a URL.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) options: PgConnectOptions,
    /// The file with root certificates; `None` if nothing is verified.
    root: Option<PathBuf>,
}

impl Server {
    /// The server with a root certificate. With one, `sslmode=require` means `verify-ca`.
    pub(super) fn new(
        options: PgConnectOptions,
        root_certificate: Option<&str>,
    ) -> Result<Self, PostgresUrlError> {
        let named = root_certificate.map(str::to_owned).or_else(|| env::var("PGSSLROOTCERT").ok());
        let is_system = named.as_deref() == Some("system");
        let root = if is_system {
            let system = SYSTEM.iter().map(PathBuf::from).find(|path| path.exists());
            Some(system.ok_or(PostgresUrlError::NoRootCertificate)?)
        } else {
            let usual = || env::home_dir().map(|home| home.join(".postgresql/root.crt"));
            named.map(PathBuf::from).or_else(|| usual().filter(|path| path.exists()))
        };
        let is_socket = options.get_socket().is_some() || options.get_host().starts_with('/');
        let mode = match options.get_ssl_mode() {
            // As libpq: no TLS on a Unix socket.
            _ if is_socket => PgSslMode::Disable,
            PgSslMode::Disable => PgSslMode::Disable,
            // As libpq: anyone can obtain a certificate from these authorities.
            _ if is_system => PgSslMode::VerifyFull,
            PgSslMode::Require if root.is_some() => PgSslMode::VerifyCa,
            PgSslMode::VerifyCa | PgSslMode::VerifyFull if root.is_none() => {
                return Err(PostgresUrlError::NoRootCertificate);
            }
            mode => mode,
        };
        let options = options.ssl_mode(mode);
        let root = root.filter(|_| matches!(mode, PgSslMode::VerifyCa | PgSslMode::VerifyFull));
        let options = match &root {
            Some(root) => options.ssl_root_cert(root),
            None => options,
        };
        Ok(Self { options, root })
    }

    /// Connects; with `sslmode=prefer` and `allow` falls back to the other mode.
    pub(super) async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let mode = self.options.get_ssl_mode();
        let mut error = match self.options.connect().await {
            Err(error) if may_depend_on_tls(&error) => error,
            connected => return connected,
        };
        if is_certificate_error(&error, self.root.is_none()) {
            match tunnel::connect(&self.options, self.root.as_deref()).await {
                Ok(connection) => return Ok(connection),
                Err(tunnel_error) => error = tunnel_error,
            }
        }
        let second = match mode {
            PgSslMode::Prefer => PgSslMode::Disable,
            PgSslMode::Allow => PgSslMode::Require,
            _ => return Err(error),
        };
        let second = Self { options: self.options.clone().ssl_mode(second), root: None };
        Box::pin(second.connect()).await.map_err(|_| error)
    }
}

/// Whether the server was reached, and the error may depend on TLS.
fn may_depend_on_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == ErrorKind::InvalidData,
        // `invalid_authorization_specification`: no entry in `pg_hba.conf`.
        sqlx::Error::Database(error) => error.code().as_deref() == Some("28000"),
        _ => false,
    }
}

/// Whether a certificate was rejected that libpq accepts: any certificate if nothing is verified;
/// otherwise one that is its own authority.
fn is_certificate_error(error: &sqlx::Error, any: bool) -> bool {
    let text = error.to_string();
    if any { text.contains("invalid peer certificate") } else { text.contains("CaUsedAsEndEntity") }
}

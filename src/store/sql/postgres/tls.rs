//! What is verified of a PostgreSQL server, and what is tried where it has no TLS: libpq's rules.

use std::env;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};

use super::url::PostgresUrlError;

/// Where the certificates are that the system trusts, on the systems that there are.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The server with the root certificate: `sslmode=require` means `verify-ca` where there is one.
pub(super) fn verified(
    server: PgConnectOptions,
    root_certificate: Option<&str>,
) -> Result<PgConnectOptions, PostgresUrlError> {
    let named = root_certificate.map(str::to_owned).or_else(|| env::var("PGSSLROOTCERT").ok());
    let root = match named.as_deref() {
        Some("system") => {
            let system = SYSTEM.iter().map(Path::new).find(|path| path.exists());
            Some(system.ok_or(PostgresUrlError::NoRootCertificate)?.to_owned())
        }
        Some(path) => Some(PathBuf::from(path)),
        None => env::home_dir()
            .map(|home| home.join(".postgresql/root.crt"))
            .filter(|path| path.exists()),
    };
    let mode = match server.get_ssl_mode() {
        // As libpq: anybody can have a certificate of these authorities.
        mode if named.as_deref() == Some("system") && !matches!(mode, PgSslMode::Disable) => {
            PgSslMode::VerifyFull
        }
        PgSslMode::Require if root.is_some() => PgSslMode::VerifyCa,
        PgSslMode::VerifyCa | PgSslMode::VerifyFull if root.is_none() => {
            return Err(PostgresUrlError::NoRootCertificate);
        }
        mode => mode,
    };
    let server = server.ssl_mode(mode);
    Ok(match root {
        Some(root) => server.ssl_root_cert(root),
        None => server,
    })
}

/// Connects; where TLS is a matter of preference, with the second choice after the first.
pub(super) async fn connect(server: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let second = match server.get_ssl_mode() {
        PgSslMode::Prefer => PgSslMode::Disable,
        PgSslMode::Allow => PgSslMode::Require,
        _ => return server.connect().await,
    };
    match server.connect().await {
        Err(error) if may_depend_on_tls(&error) => {
            let again = server.clone().ssl_mode(second).connect().await;
            again.map_err(|_| error)
        }
        connected => connected,
    }
}

/// Whether the server was reached, and either its TLS or its rule for this connection is in the way.
fn may_depend_on_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        // `invalid_authorization_specification`: no entry in `pg_hba.conf`.
        sqlx::Error::Database(error) => error.code().as_deref() == Some("28000"),
        _ => false,
    }
}

//! Hosts and ports of PostgreSQL URLs.

use super::url_error::PostgresUrlError;

/// Validates a host: a name, an address, or the folder of a socket, but not what is likely a part of a
/// password.
pub(super) fn host(text: String) -> Result<String, PostgresUrlError> {
    let is_host_character =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if text.starts_with('/') || text.chars().all(is_host_character) {
        Ok(text)
    } else {
        Err(PostgresUrlError::Host)
    }
}

/// Validates a port, from 1.
pub(super) fn port(text: &str) -> Result<u16, PostgresUrlError> {
    text.parse().ok().filter(|port| *port > 0).ok_or(PostgresUrlError::Port)
}

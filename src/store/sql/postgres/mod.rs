//! PostgreSQL: URLs, servers, connections and migrations.
//!
//! ```text
//! url.rs         PostgresUrl, parsed as libpq does
//! url_error.rs   PostgresUrlError
//! host_and_port.rs hosts and ports of URLs
//! parameters.rs  the parameters of a URL
//! servers.rs     Servers: connects to the server that accepts writes
//! tls.rs         TLS modes and certificates, as libpq has them
//! tunnel.rs      TLS to a server whose certificate sqlx cannot parse
//! connect_error.rs  ConnectError: errors of connecting, with the cure
//! pool.rs        PostgresPool and PooledConnection
//! migrate.rs     migrations of the tables
//! schema.rs      SchemaName: the schema of the tables
//! sequence.rs    advances the sequence of the IDs after a restore
//! ```

mod connect_error;
mod host_and_port;
mod migrate;
mod parameters;
mod pool;
mod schema;
mod sequence;
mod servers;
mod tls;
mod tunnel;
mod url;
mod url_error;

pub(super) use migrate::migrate;
pub(super) use pool::PostgresPool;
pub use schema::{SchemaName, SchemaNameError};
pub use url::PostgresUrl;
pub use url_error::PostgresUrlError;

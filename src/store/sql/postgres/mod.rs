//! PostgreSQL: its URLs, its servers, and the connections to them.
//!
//! ```text
//! url.rs         PostgresUrl, read as libpq reads it
//! migrate.rs     the tables, brought up to date
//! parameters.rs  what follows the ? of a URL
//! tls.rs         what is verified of a server
//! tunnel.rs      TLS to a server whose certificate sqlx cannot read
//! servers.rs     Servers: connects to the server that can be written to
//! pool.rs        PostgresPool; Lease, a connection for one use
//! refused.rs     why there is no connection
//! schema.rs      SchemaName: the schema of the tables
//! sequence.rs    ids ahead of those that are taken
//! ```

mod migrate;
mod parameters;
mod pool;
mod refused;
mod schema;
mod sequence;
mod servers;
mod tls;
mod tunnel;
mod url;

pub(super) use migrate::migrate;
pub(super) use pool::PostgresPool;
pub use schema::{SchemaName, SchemaNameError};
pub use url::{PostgresUrl, PostgresUrlError};

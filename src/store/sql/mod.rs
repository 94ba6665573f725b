//! Storage in a SQL database: SQLite or PostgreSQL.
//!
//! ```text
//! url.rs           DatabaseUrl: a SQLite file or PostgreSQL servers
//! options.rs       SqlOptions
//! pool.rs          SqlStore; `on!`, which runs a statement on either database
//! pool_connections.rs PoolConnections: the connections of a pool
//! transactions.rs  write transactions
//! sqlite.rs        connections to a SQLite file
//! file.rs          the file: created with mode 0600, and watched
//! postgres/        connections to PostgreSQL
//! error.rs         classification and wording of database errors
//! backup.rs        a backup of a SQLite file that may be in use
//! migrations.rs    migrations of the tables; migrations/ has the statements
//! from_row.rs      `rows!`, which reads structs from rows
//! rows.rs          rows of the tables, and the records that they hold
//! transaction_parts.rs parts of transactions: authorization, effects, ending sessions in portions
//! mail_rows.rs     rows of the outbox and of one-time tokens
//! users.rs         statements about users
//! administration.rs statements of administrative changes
//! sessions.rs      statements about sessions
//! callers.rs       the statement that looks up a caller
//! audit.rs         statements about the audit trail
//! audit_chain.rs   statements about its hash chain
//! failures.rs      statements about the failures of the throttle
//! mails.rs         statements about the outbox
//! one_time_tokens.rs statements about one-time tokens
//! ```

mod backup;
mod error;
// Before those that use their macros.
#[macro_use]
mod from_row;
#[macro_use]
mod pool;
#[macro_use]
mod transaction_parts;
mod administration;
mod audit;
mod audit_chain;
mod callers;
mod failures;
mod file;
mod mail_rows;
mod mails;
mod migrations;
mod one_time_tokens;
mod options;
mod pool_connections;
mod postgres;
mod rows;
mod sessions;
mod sqlite;
mod transactions;
mod url;
mod users;

pub use backup::{BackupError, back_up};
pub use migrations::{MigrationError, Versions};
pub use options::SqlOptions;
pub use pool::SqlStore;
pub use pool_connections::PoolConnections;
pub use postgres::{PostgresUrl, PostgresUrlError, SchemaName, SchemaNameError};
pub use url::{DatabaseUrl, DatabaseUrlError};

#[cfg(test)]
mod tests;

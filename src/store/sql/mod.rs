//! Users and their sessions in a SQL database: SQLite or PostgreSQL.
//!
//! ```text
//! url.rs           DatabaseUrl: which database
//! pool.rs          SqlStore; `on!`, which runs one text on either
//! transactions.rs  write transactions
//! sqlite.rs        connections to a SQLite file
//! file.rs          the file: created for its owner alone, and watched
//! postgres/        connections to PostgreSQL
//! error.rs         what the database's errors mean
//! backup.rs        a copy of SQLite's file while it is in use
//! migrations.rs    the tables, brought up to date; migrations/ holds their text
//! rows.rs          rows of the tables, and the records that they hold
//! transaction_parts.rs parts of transactions: authorization, effects, ending sessions in portions
//! users.rs         statements about users
//! sessions.rs      statements about sessions
//! callers.rs       the statement that looks up a caller
//! audit.rs         statements about the audit trail
//! ```

mod backup;
mod error;
// Before those that use their macros.
#[macro_use]
mod pool;
#[macro_use]
mod transaction_parts;
mod audit;
mod callers;
mod file;
mod migrations;
mod postgres;
mod rows;
mod sessions;
mod sqlite;
mod transactions;
mod url;
mod users;

pub use backup::{BackupError, back_up};
pub use migrations::{MigrationError, Versions};
pub use pool::{SqlOptions, SqlStore};
pub use postgres::{PostgresUrl, PostgresUrlError, SchemaName, SchemaNameError};
pub use url::{DatabaseUrl, DatabaseUrlError};

#[cfg(test)]
mod tests;

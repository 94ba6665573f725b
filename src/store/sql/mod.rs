//! Users in a SQL database: SQLite or PostgreSQL.
//!
//! ```text
//! url.rs           DatabaseUrl: which database
//! pool.rs          the connections to it; `on!`, which runs one text on either
//! error.rs         what the database's errors mean
//! migrations.rs    the tables, brought up to date; migrations/ holds their text
//! users.rs         the statements
//! ```

mod error;
mod migrations;
#[macro_use]
mod pool;
mod url;
mod users;

pub use migrations::MigrationError;
pub use pool::{SqlOptions, SqlStore};
pub use url::{DatabaseUrl, DatabaseUrlError};

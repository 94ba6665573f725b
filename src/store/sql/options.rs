//! Options of a SQL database.

use std::time::Duration;

/// Options of a SQL database.
#[derive(Clone, Copy, Debug)]
pub struct SqlOptions {
    /// Maximum number of connections to PostgreSQL. Default: 10.
    pub connections: u32,
    /// Timeout of a statement, including the wait for a connection. Default: 2 s.
    pub timeout: Duration,
    /// Whether a missing SQLite file is created. Default: true.
    pub create: bool,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { connections: 10, timeout: Duration::from_secs(2), create: true }
    }
}

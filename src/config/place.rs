//! Places in the configuration file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A key in the configuration file. Shown as `countersign.toml:3: log-level`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<Path>,
    /// The line of the key, from 1.
    pub line: usize,
    /// The key, escaped.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.key)
    }
}

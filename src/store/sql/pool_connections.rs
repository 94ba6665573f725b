//! The connections of a pool.

/// The connections of a pool at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConnections {
    /// The name of the pool.
    pub pool: &'static str,
    /// The connections that are not in use.
    pub idle: usize,
    /// The connections that execute a statement, or are being opened.
    pub in_use: usize,
    /// The maximum number of connections.
    pub max: usize,
}

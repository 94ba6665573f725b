//! Storage in memory: maps behind a lock, gone at exit.
//!
//! ```text
//! store.rs         MemoryStore: the lock around the maps
//! tables.rs        the maps
//! users.rs         UserStore
//! sessions.rs      SessionStore
//! callers.rs       CallerLookup
//! audit.rs         AuditStore
//! ```

mod audit;
mod callers;
mod sessions;
mod store;
mod tables;
mod users;

pub use store::MemoryStore;

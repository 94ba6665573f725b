//! Users and their sessions in memory.
//!
//! ```text
//! tables.rs        MemoryStore: what is kept, and the lock around it
//! session_table.rs SessionTable: sessions by name, by user, and by when they are over
//! users.rs         what is done with users
//! sessions.rs      what is done with sessions
//! ```

mod session_table;
mod sessions;
mod tables;
mod users;

pub use tables::MemoryStore;

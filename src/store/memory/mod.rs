//! Users and their sessions in memory.
//!
//! ```text
//! tables.rs        MemoryStore: what is kept, and the lock around it
//! user_table.rs    UserTable: users by id and by address
//!   record.rs        Record: a user in few bytes
//!   pages.rs         Pages: where those bytes are
//! session_table.rs SessionTable: sessions by name, by user, and by when they are over
//! users.rs         what is done with users
//! sessions.rs      what is done with sessions
//! ```

mod pages;
mod record;
mod session_table;
mod sessions;
mod tables;
mod user_table;
mod users;

pub use tables::MemoryStore;

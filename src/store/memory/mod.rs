//! Storage in memory: maps behind a lock, gone at exit.
//!
//! ```text
//! store.rs         MemoryStore: the lock around the maps
//! tables.rs        the maps
//! users.rs         UserStore
//! administration.rs AdministrationStore
//! sessions.rs      SessionStore
//! callers.rs       CallerLookup
//! audit.rs         AuditStore
//! stored_mail.rs   StoredMail
//! mails.rs         MailStore
//! one_time_tokens.rs  OneTimeTokenStore
//! ```

mod administration;
mod audit;
mod callers;
mod mails;
mod one_time_tokens;
mod sessions;
mod store;
mod stored_mail;
mod tables;
mod users;

pub use store::MemoryStore;

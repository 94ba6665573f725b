//! Where users and their sessions are kept.
//!
//! ```text
//! user.rs          UserStore: what is promised about users
//! session.rs       SessionStore: what is promised about sessions
//! authorization.rs what authorises a change, checked in its transaction
//! error.rs         StoreError
//! lookup.rs        Lookup: an answer that may be here already
//! memory/          MemoryStore: the default, gone at exit
//! sql/             SqlStore: SQLite and PostgreSQL, every statement written once
//! cached.rs        CachedStore: what was looked up a moment ago
//! recent.rs        the answers that it keeps, and for how long
//! ```
//!
//! The methods of the traits are whole steps: what one of them does happens as a whole or not at
//! all, and no caller has to look first and write then. `tests/store` holds one text of these
//! promises against every store.
//!
//! Moments are milliseconds since 1970-01-01T00:00:00Z, see
//! [`Clock::now_milliseconds`](crate::clock::Clock::now_milliseconds).

mod authorization;
pub mod cached;
mod error;
mod lookup;
pub mod memory;
mod recent;
mod session;
pub mod sql;
mod user;

pub use authorization::{Authorization, Unauthorized};
pub use error::StoreError;
pub(crate) use lookup::if_here;
pub use lookup::{Answer, Lookup};
pub use recent::STALENESS;
pub use session::{Advance, EndedSessions, NewSession, RefreshRules, Session, SessionStore};
pub use user::{Account, Change, NewUser, Standing, UserStore};

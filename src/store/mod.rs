//! Storage of users, sessions and the audit trail.
//!
//! ```text
//! records.rs       Account, Session, CallerStatus …: what is stored
//! commands.rs      commands, and their outcomes
//! traits.rs        UserStore, SessionStore, CallerLookup, AuditStore: the contract of a store
//! mails.rs         MailStore: the contract of the outbox
//! one_time_tokens.rs  OneTimeTokenStore: the tokens of links in mails
//! failures.rs      FailureStore: the contract of a store of the throttle's failures
//! administration.rs AdministrationStore: the contract of administrative changes
//! user_change.rs   UserChange: a partial update of a user
//! effects.rs       Effects: what is committed with a change
//! authorization.rs Authorization of a change, checked in its transaction
//! chain.rs         AuditChain: the hash chain of the audit trail
//! rotation.rs      which refresh tokens a session accepts
//! error.rs         StoreError
//! measured.rs      MeasuredStore: a store whose operations are measured
//! caller_cache.rs  the cache of caller look-ups
//! memory/          MemoryStore: maps in memory, for the demo and for tests
//! sql/             SqlStore: SQLite and PostgreSQL, every statement written once
//! ```
//!
//! `tests/store` runs one contract suite against every store.

mod administration;
mod authorization;
mod caller_cache;
mod chain;
mod commands;
mod effects;
mod error;
mod failures;
mod mails;
mod measured;
pub mod memory;
mod one_time_tokens;
mod records;
mod rotation;
pub mod sql;
mod traits;
mod user_change;

pub use administration::{AdministrationStore, Deletion, UserQuery, UserUpdate};
pub use authorization::{Authority, Authorization, Unauthorized};
pub(crate) use authorization::{has_expired, is_revoked};
pub use caller_cache::CALLER_TTL;
pub use chain::{
    AuditChain, ChainExtent, ChainHash, ChainLink, ChainLinkError, ChainRow, SealedRow,
};
pub use commands::{
    AuditQuery, EndedSessions, Extension, Insertion, Opening, PasswordChange, Registration,
};
pub use effects::{Commit, Effects, MAIL_LIMIT, NewOneTimeToken, OutgoingMail};
pub use error::StoreError;
pub use failures::{FailureMap, FailureStore, MAX_CHANGES};
pub use mails::{
    DueMail, MAIL_LIMIT_PERIOD, MailAttempt, MailQuery, MailRecord, MailState, MailStore,
};
pub use measured::MeasuredStore;
pub use one_time_tokens::{
    CODE_TRIES, CodeLogin, CodeRedemption, OneTimeTokenStore, RedeemedChange, Redemption,
};
pub use records::{Account, AuditRecord, CallerStatus, NewSession, NewUser, Session};
pub use rotation::{PresentedToken, Rotation, RotationRules};
pub use traits::{AuditStore, CallerLookup, SESSION_LIMIT, SessionStore, Store, UserStore};
pub use user_change::{MetadataChange, UpdatedUser, UserChange};

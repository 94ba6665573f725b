//! Throttling of failed password checks.
//!
//! Only failures count. Where there are failures to remember, an attempt counts as one from its
//! admission until it succeeds: of many attempts at once no more are admitted than of as many one after
//! the other. An attempt is rejected
//! before its account is looked up and before a hash is computed, and an address without an account is
//! treated like one with an account.
//!
//! | counted by | admits | then |
//! | --- | --- | --- |
//! | account and network | 5 failures | a back-off of 2 s, doubled by each failure, up to 15 min |
//! | account under attack, and network | 1 failure | a back-off of 1 min, then of 24 h, while the attack lasts |
//! | account under attack | 1 attempt every 2 s, of all networks without a back-off | |
//! | account under attack, and IPv6 /48 | 32 failures | 1 failure every 45 min |
//! | network, over all accounts | 100 failures | 1 failure every 10 s |
//! | IPv6 /48, over all accounts | 1,600 failures | 16 failures every 10 s |
//! | the same during a distributed attack | 5 failures | 1 failure every 10 s |
//!
//! An account is *under attack* while more than half of 100 failures, of which 1 a minute is forgotten,
//! are remembered. A *distributed attack* begins with 1,000 failures of all clients, of which 1 a second
//! is forgotten, and ends when half of them are forgotten.
//!
//! So 1,000 networks that guess the password of one account make at most 100 guesses and 2 for each
//! network in a day, and a device of the owner on another network, which is new to the service, gets
//! in once each of them has failed: after 2,000 times 2 s at most. A *known device* (see
//! [`DeviceToken`](crate::token::DeviceToken)) is admitted in any case: it has 10 failures of its own,
//! and is treated as unknown after them, until it has succeeded.
//!
//! A network is an IPv4 address or an IPv6 /64. One customer of a provider may have an IPv6 /48 with
//! 65,536 of them, which counts as at most 16: it makes at most 132 guesses at one account and one a
//! minute, and leaves the other attempts on an account under attack to others. It is not held back for
//! an account that is not under attack, so that a neighbor does not keep a user out.
//!
//! Some requests count whether they succeed or fail: a network has 100 registrations and 100 requests with
//! wrong credentials of an OAuth client, a session 100 refreshes, and then one every 10 s.
//!
//! The failures are in the memory of the process, of at most [`Throttle::CAPACITY`] keys. With a SQL
//! database, [`FailureSharing`](crate::credentials::FailureSharing) exchanges them with it every second,
//! for other instances and for the next start; an attempt does not wait for that.
//!
//! ```text
//! options.rs        ThrottleOptions
//! attempt.rs        Attempt; Throttled: its rejection
//! account_hash.rs   AccountHash: the keyed hash of an e-mail address
//! key.rs            FailureKey: what failures are counted by
//! budget.rs         Budget: a number of failures, of which one per interval is forgotten
//! failures.rs       Failures: those of a key; FailureChange: a change of them
//! table.rs          Table: the bounded table of failures
//! state.rs          State: which attempts have to wait, and what a failure changes
//! requests.rs       CountedRequest: requests that count whether they succeed or fail
//! service.rs        Throttle: admits or rejects attempts; Permit: the outcome of one
//! ```

mod account_hash;
mod attempt;
mod budget;
mod failures;
mod key;
mod options;
mod requests;
mod service;
mod state;
mod table;

pub use account_hash::AccountHash;
pub use attempt::{Attempt, Throttled};
pub use failures::{FailureChange, Failures};
pub use key::{FailureKey, FailureKeyError};
pub use options::ThrottleOptions;
pub use requests::CountedRequest;
pub use service::{Permit, Throttle};

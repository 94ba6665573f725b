//! Use cases of the audit trail.
//!
//! ```text
//! trail.rs   AuditTrail: recording and listing of events
//! writer.rs  the queue of events that belong to no change
//! event_json.rs EventJson: the JSON object of an event
//! chain.rs   Chain: sealing of events, and the head
//! verify.rs  verification of the chain
//! prune.rs   retention
//! acknowledge.rs  a new chain after signs of tampering
//! ```

mod acknowledge;
mod chain;
mod event_json;
mod prune;
mod trail;
mod verify;
mod writer;

pub use chain::Chain;
pub use event_json::EventJson;
pub use trail::{AuditFilter, AuditTrail};
pub use verify::{Intact, Tampering};

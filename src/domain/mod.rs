//! Domain types: identifiers, e-mail addresses, users, timestamps.
//!
//! ```text
//! audit_event.rs   AuditEvent: an event of the audit trail
//! email.rs         Email: a normalized e-mail address
//! request_context.rs RequestContext: who sends a request, and as whom
//! session_id.rs    SessionId
//! user.rs          User
//! printable.rs     untrusted text, escaped for a terminal
//! ```
//!
//! [`UserId`] and [`Timestamp`] come from `countersign-auth`, whose claims have them.

mod audit_event;
mod email;
mod printable;
mod request_context;
mod session_id;
mod user;

pub use countersign_auth::{Timestamp, UserId};

pub use audit_event::{Actor, AuditEvent, AuditKind};
pub use email::{Email, EmailError};
pub(crate) use printable::{printable, write_json_line};
pub use request_context::{ClientInfo, RequestContext};
pub use session_id::SessionId;
pub use user::User;

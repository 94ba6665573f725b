//! Domain types: identifiers, e-mail addresses, users, timestamps.
//!
//! ```text
//! email.rs         Email: a normalized e-mail address
//! session_id.rs    SessionId
//! user.rs          User
//! printable.rs     untrusted text, escaped for a terminal
//! ```
//!
//! [`UserId`] and [`Timestamp`] come from `countersign-auth`, whose claims have them.

mod email;
mod printable;
mod session_id;
mod user;

pub use countersign_auth::{Timestamp, UserId};

pub use email::{Email, EmailError};
pub(crate) use printable::{printable, write_json_line};
pub use session_id::SessionId;
pub use user::User;

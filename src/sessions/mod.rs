//! What is done with sessions: open, refresh, end, list, and find out who is calling.
//!
//! ```text
//! options.rs       SessionOptions: how long sessions last
//! lifecycle.rs     Sessions: open, refresh, end, list
//! caller.rs        whose token it is
//! introspect.rs    what a token is worth, for other services
//! error.rs         SessionsError, RefreshError
//! ```

mod caller;
mod error;
mod introspect;
mod lifecycle;
mod options;

pub(crate) use caller::authenticated;
pub use caller::{Caller, Checked, SessionAuthenticator, Worthless};
pub use error::{RefreshError, SessionsError};
pub use introspect::{Introspection, TokenKind};
pub use lifecycle::{Client, Scope, Sessions, Tokens};
pub use options::SessionOptions;

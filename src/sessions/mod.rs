//! Use cases of sessions: refresh, logout, list, introspection, and the authentication of requests.
//!
//! ```text
//! options.rs       SessionOptions: timeouts of sessions
//! service.rs       Sessions, and the tokens of a session
//! kind.rs          SessionKind: sessions with tokens, sessions of browsers
//! browser.rs       authentication of a browser by the cookie of its session
//! signing.rs       tokens that are signed before a commit
//! caller.rs        authentication of a request by its access token
//! assertion.rs     assertions about the user of a request
//! rejection.rs     the metric of a rejected access token
//! refresh.rs       refresh
//! logout.rs        logout, and ending single sessions
//! introspect.rs    introspection and revocation of tokens
//! session_json.rs  SessionJson: the JSON object of a session
//! error.rs         SessionsError, RefreshError
//! ```

mod assertion;
mod browser;
mod caller;
mod error;
mod introspect;
mod kind;
mod logout;
mod options;
mod refresh;
mod rejection;
mod service;
mod session_json;
mod signing;

pub use browser::{AccessToken, BrowserCaller};
pub(crate) use caller::authenticated;
pub use caller::{ActiveToken, Caller, InactiveToken, SessionAuthenticator};
pub use error::{RefreshError, SessionsError};
pub use introspect::{Introspection, TokenKind};
pub use kind::{BrowserSession, BrowserTokens, SessionKind, TokenSession};
pub use logout::LogoutScope;
pub use options::SessionOptions;
pub use service::{Sessions, Tokens};
pub use session_json::SessionJson;
pub(crate) use signing::SignedTokens;

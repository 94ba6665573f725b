//! Access tokens: signed JWTs (RFC 7519) that authenticate a user; and the refresh tokens of a
//! session.
//!
//! ```text
//! one_time.rs      OneTimeToken: the token of a link in a mail
//! options.rs       TokenOptions: key set, lifetime, issuer, audience
//! issuer.rs        TokenIssuer
//! refresh.rs       RefreshToken
//! device.rs        DeviceToken: a device that has logged in before
//! explain.rs       Explanation: why a token is accepted or rejected
//! ```
//!
//! Access tokens are verified by [`countersign_auth::TokenVerifier`].

mod device;
mod explain;
mod issuer;
mod one_time;
mod options;
mod refresh;

pub use device::DeviceToken;
pub use explain::{Explanation, Outcome, TriedKey};
pub use issuer::{NewToken, TokenIssuer};
pub use one_time::{OneTimeToken, TokenDigest, TokenPurpose};
pub use options::TokenOptions;
pub use refresh::RefreshToken;

//! Access tokens: signed JWTs (RFC 7519) that authenticate a user; and the refresh tokens of a
//! session.
//!
//! ```text
//! login_code.rs    LoginCode: a short one-time password that is sent by mail
//! one_time.rs      OneTimeToken: the token of a link in a mail
//! options.rs       TokenOptions: key set, lifetime, issuer, audience
//! issuer.rs        TokenIssuer
//! assertion.rs     Assertion: a JWT about a user for the upstream of a gateway
//! user_claims.rs   UserClaims: the claims about the user
//! refresh.rs       RefreshToken
//! browser.rs       BrowserToken: the cookie of a browser session
//! mac.rs           texts that carry their MAC
//! device.rs        DeviceToken: a device that has logged in before
//! explain.rs       Explanation: why a token is accepted or rejected
//! ```
//!
//! Access tokens are verified by [`countersign_auth::TokenVerifier`].

mod assertion;
mod browser;
mod device;
mod explain;
mod issuer;
mod login_code;
mod mac;
mod one_time;
mod options;
mod refresh;
mod user_claims;

pub use assertion::Assertion;
pub use browser::BrowserToken;
pub use device::DeviceToken;
pub use explain::{Explanation, Outcome, TriedKey};
pub use issuer::{NewToken, TokenIssuer};
pub use login_code::LoginCode;
pub(crate) use login_code::is_any;
pub use one_time::{OneTimeToken, TokenDigest, TokenPurpose};
pub use options::TokenOptions;
pub use refresh::RefreshToken;
pub use user_claims::{UnknownClaim, UserClaim, UserClaims};

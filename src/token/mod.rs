//! Access tokens: signed JWTs (RFC 7519) that say which user a request comes from; and the refresh
//! tokens that get new ones.
//!
//! ```text
//! secret.rs        Secret: the HS256 key, at least 32 bytes, redacted
//! options.rs       TokenOptions: key, lifetime, issuer, audience
//! claims.rs        what a token says, and how strictly that is read
//! issuer.rs        TokenIssuer signs
//! verifier.rs      TokenVerifier checks
//! object.rs        a JSON object, and never an array in its place
//! session_id.rs    SessionId: the `sid` of a token
//! refresh.rs       RefreshToken: what continues a session
//! ```
//!
//! Time is a parameter everywhere: whole seconds since 1970 to verify, milliseconds to issue.

mod claims;
mod issuer;
mod object;
mod options;
mod refresh;
mod secret;
mod session_id;
mod verifier;

pub use claims::{Audience, Claims};
pub use issuer::{Grant, SigningError, TokenIssuer};
pub use options::TokenOptions;
pub use refresh::RefreshToken;
pub use secret::{Secret, SecretError};
pub use session_id::SessionId;
pub use verifier::{TokenError, TokenVerifier};

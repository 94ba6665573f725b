//! Authentication with verification keys from a URL (feature `jwks-client`).
//!
//! ```text
//! verifier.rs      JwksVerifier
//! remote_keys.rs   when the keys are fetched, and which requests wait for it
//! source.rs        JwksSource: the URL, and one fetch from it
//! fetch_error.rs   errors of a fetch
//! ```

mod fetch_error;
mod remote_keys;
mod source;
mod verifier;

pub use source::{JwksSource, JwksSourceError};
pub use verifier::JwksVerifier;

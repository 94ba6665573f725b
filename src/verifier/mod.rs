//! Finding out who is calling from the token alone, for other services.
//!
//! ```text
//! stateless.rs    StatelessVerifier: with keys that are here
//! ```
//!
//! and with the feature `jwks-client`
//!
//! ```text
//! jwks.rs         JwksVerifier: with keys from a URL
//! remote_keys.rs  when they are fetched, and what happens meanwhile
//! source.rs       JwksSource: the URL, and one fetch from it
//! fetch_error.rs  why one failed
//! ```

#[cfg(feature = "jwks-client")]
mod fetch_error;
#[cfg(feature = "jwks-client")]
mod jwks;
#[cfg(feature = "jwks-client")]
mod remote_keys;
#[cfg(feature = "jwks-client")]
mod source;
mod stateless;

#[cfg(feature = "jwks-client")]
pub use jwks::JwksVerifier;
#[cfg(feature = "jwks-client")]
pub use source::{JwksSource, JwksSourceError};
pub use stateless::StatelessVerifier;

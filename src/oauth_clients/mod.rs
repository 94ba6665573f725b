//! The services that may ask about tokens: confidential clients (RFC 6749 section 2.1), from a text
//! file that `countersign client` writes.
//!
//! ```text
//! secret.rs        ClientSecret, redacted; SecretHash, what is kept of it
//! registry.rs      OAuthClients: who they are, and whether a secret is theirs
//! file.rs          the file: read, add, remove
//! error.rs         OAuthClientsError
//! ```

mod error;
mod file;
mod registry;
mod secret;

pub use error::{LineError, OAuthClientsError};
pub use file::{add, read, remove};
pub use registry::OAuthClients;
pub use secret::ClientSecret;

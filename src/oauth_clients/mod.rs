//! OAuth clients: the services that may introspect tokens, and some of which may administrate. They are confidential clients (RFC 6749
//! section 2.1), configured in a text file that `countersign oauth-client` writes.
//!
//! ```text
//! secret.rs        ClientSecret, redacted; SecretHash, which the file stores
//! registry.rs      OAuthClients: the configured clients, and their authentication
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

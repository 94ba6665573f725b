//! Signing keys: the key set that signs tokens, its file, and the public keys that are published.
//!
//! ```text
//! signing_key.rs   SigningKey: one private key, parsed once
//! signer.rs        its signatures
//! private_jwk.rs   the private JWK: validated and normalized
//! generate.rs      SigningKey::generate
//! import.rs        SigningKey::from_pem
//! pair.rs          the JWK of a key pair
//! key_set.rs       KeySet: keys in order, of which the first signs
//! shared.rs        SharedKeySet: the key set in use, which can be replaced
//! public_jwk_set.rs PublicJwkSet: what is published
//! key_file.rs      KeyFile: the file of a key set
//! watch.rs         reloading the file when it changes
//! ```
//!
//! Verification, with its keys and errors, is in [`countersign_auth`].

mod generate;
mod import;
mod key_file;
mod key_set;
mod pair;
mod private_jwk;
mod public_jwk_set;
mod shared;
mod signer;
mod signing_key;
mod watch;

pub use generate::NewKeyError;
pub use key_file::{KeyFile, KeyFileError};
pub use key_set::KeySet;
pub use public_jwk_set::PublicJwkSet;
pub use shared::SharedKeySet;
pub use signing_key::{SigningError, SigningKey};
pub use watch::{log_key_set, watch};

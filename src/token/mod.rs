//! Access tokens: signed JWTs (RFC 7519) that say which user a request comes from; and the refresh
//! tokens that get new ones.
//!
//! ```text
//! algorithm.rs     KeyAlgorithm: EdDSA, ES256, RS256, HS256
//! secret.rs        Secret: the HS256 key, at least 32 bytes, redacted
//! key.rs           Key: one key, its name, and what can be done with it
//! signer.rs        Signer: a private key, read once
//! generate.rs      new keys, and keys from PEM
//! jwk.rs           a key as JSON, private and public (RFC 7517), and its thumbprint (RFC 7638)
//! octets.rs        bytes that JSON holds as base64url
//! key_set.rs       KeySet: keys in their order, of which the first signs
//! ring.rs          KeyRing: the keys in use, which may be changed while they are
//! file.rs          KeyFile: the file that holds them
//! watch.rs         reading it again when it changes
//! options.rs       TokenOptions: keys, lifetime, issuer, audience
//! claims.rs        what a token says, and how strictly that is read
//! issuer.rs        TokenIssuer signs
//! verifier.rs      TokenVerifier checks
//! explain.rs       what a token is, for somebody who asks why it is refused
//! object.rs        a JSON object, and never an array in its place
//! session_id.rs    SessionId: the `sid` of a token
//! refresh.rs       RefreshToken: what continues a session
//! ```
//!
//! Time is a parameter everywhere: whole seconds since 1970 to verify, milliseconds to issue.

mod algorithm;
mod claims;
mod explain;
mod file;
mod generate;
mod issuer;
mod jwk;
mod key;
mod key_set;
mod object;
mod octets;
mod options;
mod refresh;
mod ring;
mod secret;
mod session_id;
mod signer;
mod verifier;
mod watch;

pub use algorithm::KeyAlgorithm;
pub use claims::{Audience, Claims};
pub use explain::{Explanation, Outcome, TriedKey};
pub use file::{KeyFile, KeyFileError};
pub use generate::NewKeyError;
pub use issuer::{Grant, TokenIssuer};
pub use key::{Key, KeyError, SigningError};
pub use key_set::{KeySet, KeySetError, PublicKeySet};
pub use options::TokenOptions;
pub use refresh::RefreshToken;
pub use ring::KeyRing;
pub use secret::{Secret, SecretError};
pub use session_id::SessionId;
pub use verifier::{TokenError, TokenVerifier};
pub use watch::{announce, watch};

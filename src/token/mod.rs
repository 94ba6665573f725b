//! Access tokens: signed JWTs (RFC 7519) that say which user a request comes from; and the refresh
//! tokens that get new ones.
//!
//! ```text
//! algorithm.rs      KeyAlgorithm: EdDSA, ES256, RS256, HS256
//! secret.rs         Secret: the HS256 key, at least 32 bytes, redacted
//! key.rs            Key: one key, its name, and what can be done with it
//! signer.rs         Signer: a private key, read once
//! verifying_key.rs  the half of a key that verifies, read once
//! public_key.rs     a key of which there is no other half here
//! generate.rs       new keys, and keys from PEM
//! jwk.rs            a key as JSON, private and public (RFC 7517), and its thumbprint (RFC 7638)
//! members.rs        the members of such a key, checked
//! octets.rs         bytes that JSON holds as base64url
//! pem.rs            a public key as PEM
//! der.rs            parts of DER
//! key_set.rs        KeySet: keys in their order, of which the first signs
//! public_key_set.rs PublicKeySet: keys that verify and cannot sign, from JSON or PEM
//! key_set_error.rs  why there are none in some bytes
//! ring.rs           KeyRing, PublicKeyRing: the keys in use, which may be changed while they are
//! trusted.rs        whose tokens are believed
//! file.rs           KeyFile: the file that holds them
//! watch.rs          reading it again when it changes
//! options.rs        TokenOptions: keys, lifetime, issuer, audience
//! claims.rs         what a token says, and how strictly that is read
//! issuer.rs         TokenIssuer signs
//! verifier.rs       TokenVerifier checks
//! genuine.rs        tokens that were found genuine a moment ago
//! explain.rs        what a token is, for somebody who asks why it is refused
//! object.rs         a JSON object, and never an array in its place
//! session_id.rs     SessionId: the `sid` of a token
//! refresh.rs        RefreshToken: what continues a session
//! ```
//!
//! Time is a parameter everywhere: whole seconds since 1970 to verify, milliseconds to issue.

mod algorithm;
mod claims;
mod der;
mod explain;
mod file;
mod generate;
mod genuine;
mod issuer;
mod jwk;
mod key;
mod key_set;
mod key_set_error;
mod members;
mod object;
mod octets;
mod options;
mod pem;
mod public_key;
mod public_key_set;
mod refresh;
mod ring;
mod secret;
mod signer;
mod trusted;
mod verifier;
mod verifying_key;
mod watch;

pub use algorithm::KeyAlgorithm;
pub use claims::{Audience, Claims};
pub use explain::{Explanation, Outcome, TriedKey};
pub use file::{KeyFile, KeyFileError};
pub use generate::NewKeyError;
pub use issuer::{Grant, TokenIssuer};
pub use key::{Key, KeyError, SigningError};
pub use key_set::KeySet;
pub use key_set_error::KeySetError;
pub use options::TokenOptions;
pub use public_key_set::PublicKeySet;
pub use refresh::RefreshToken;
pub use ring::{KeyRing, PublicKeyRing, Ring};
pub use secret::{Secret, SecretError};
pub use verifier::{TokenError, TokenVerifier};
pub use watch::{announce, watch};

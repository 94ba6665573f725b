//! Why a token is accepted or rejected.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_auth::{KeyAlgorithm, TokenError, VerificationKey, VerificationKeys};
use serde_json::{Map, Value};

use super::options::TokenOptions;
use super::refresh::RefreshToken;
use crate::domain::Timestamp;

/// The content of a token, and how it is verified.
#[derive(Debug)]
pub enum Explanation {
    /// A refresh token with a verified MAC.
    Refresh(RefreshToken),
    /// Any other text, explained as an access token.
    Access {
        /// The header, if it is a JSON object. Not verified.
        header: Option<Map<String, Value>>,
        /// The claims, if they are a JSON object. Not verified unless a key matches.
        claims: Option<Map<String, Value>>,
        /// The keys in the order of the key set, and their outcomes.
        keys: Vec<TriedKey>,
        /// Whether the token is accepted.
        verified: Result<(), TokenError>,
    },
}

/// A key, and its outcome for a token.
#[derive(Debug)]
pub struct TriedKey {
    /// The key ID.
    pub kid: String,
    /// The algorithm of the key.
    pub algorithm: KeyAlgorithm,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome of a key for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not tried: the token has another `alg`.
    OtherAlgorithm,
    /// Not tried: the token has the `kid` of another key.
    OtherKey,
    /// The key does not verify the signature.
    NoMatch,
    /// The key verifies the signature.
    Match,
}

impl TokenOptions {
    /// Explains a token at `now`, from its text and the key set alone.
    #[must_use]
    pub fn explain(&self, token: &str, now: Timestamp) -> Explanation {
        let keys = self.keys.current();
        if let Some(token) = RefreshToken::parse(token, &keys) {
            return Explanation::Refresh(token);
        }
        let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
        let (header, claims) = message.split_once('.').unwrap_or((message, ""));
        let header = object(header);
        let keys = match &header {
            Some(header) => tried(header, &keys.verification_keys(), message, signature),
            None => Vec::new(),
        };
        let verified = self.verifier().verify(token, now).map(drop);
        Explanation::Access { header, claims: object(claims), keys, verified }
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn tried(
    header: &Map<String, Value>,
    keys: &VerificationKeys,
    message: &str,
    signature: &str,
) -> Vec<TriedKey> {
    let text = |name| header.get(name).and_then(Value::as_str);
    let is_named = |key: &VerificationKey| text("kid") == Some(key.kid());
    let names_one = keys.iter().any(is_named);
    let outcome = |key: &VerificationKey| {
        if text("alg") != Some(key.algorithm().name()) {
            Outcome::OtherAlgorithm
        } else if names_one && !is_named(key) {
            Outcome::OtherKey
        } else if key.verifies(signature, message.as_bytes()) {
            Outcome::Match
        } else {
            Outcome::NoMatch
        }
    };
    let tried = |key: &VerificationKey| TriedKey {
        kid: key.kid().to_owned(),
        algorithm: key.algorithm(),
        outcome: outcome(key),
    };
    keys.iter().map(tried).collect()
}

//! What a token is, for somebody who asks why it is refused.

use serde_json::{Map, Value};

use super::algorithm::KeyAlgorithm;
use super::object::Object;
use super::refresh::RefreshToken;
use super::trusted::Trusted;
use super::verifier::{TokenError, TokenVerifier, decode};
use super::verifying_key::VerifyingKey;

/// What can be said of a token from its text and the keys alone.
#[derive(Debug)]
pub enum Explanation {
    /// A refresh token, whose MAC is genuine.
    Refresh(RefreshToken),
    /// Anything else is looked at as an access token.
    Access {
        /// Its header, if it is a JSON object. Anybody can have written it.
        header: Option<Map<String, Value>>,
        /// Its claims, if they are a JSON object. Anybody can have written them, unless a key
        /// verifies the signature.
        claims: Option<Map<String, Value>>,
        /// The keys there are, in their order, and what each has to do with it.
        keys: Vec<TriedKey>,
        /// What it is worth.
        verdict: Result<(), TokenError>,
    },
}

/// What a key has to do with a token.
#[derive(Debug)]
pub struct TriedKey {
    /// Its name.
    pub id: String,
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The token's `alg` is another one, so it was not tried.
    OtherAlgorithm,
    /// The token's `kid` names another key, so it was not tried.
    OtherKey,
    /// It did not make the signature.
    NoMatch,
    /// It made the signature.
    Match,
}

impl TokenVerifier {
    /// Says of a token all that can be said in the second `now`.
    #[must_use]
    pub fn explain(&self, token: &str, now: i64) -> Explanation {
        if let Trusted::Own(ring) = &self.keys
            && let Some(token) = RefreshToken::read(token, &ring.current())
        {
            return Explanation::Refresh(token);
        }
        let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
        let (header, claims) = message.split_once('.').unwrap_or((message, ""));
        let header = object(header);
        let keys = match &header {
            Some(header) => self.keys.with(|keys| tried(header, keys, message, signature)),
            None => Vec::new(),
        };
        let verdict = self.verify(token, now).map(drop);
        Explanation::Access { header, claims: object(claims), keys, verdict }
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let Object(object) = serde_json::from_slice(&decode(part).ok()?).ok()?;
    Some(object)
}

fn tried(
    header: &Map<String, Value>,
    keys: &[&VerifyingKey],
    message: &str,
    signature: &str,
) -> Vec<TriedKey> {
    let text = |name| header.get(name).and_then(Value::as_str);
    let is_named = |key: &VerifyingKey| text("kid") == Some(key.id());
    let names_one = keys.iter().any(|key| is_named(key));
    let outcome = |key: &VerifyingKey| {
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
    let tried = |key: &&VerifyingKey| TriedKey {
        id: key.id().to_owned(),
        algorithm: key.algorithm(),
        outcome: outcome(key),
    };
    keys.iter().map(tried).collect()
}

//! What tokens are like.

use std::time::Duration;

use super::secret::Secret;

/// What tokens are like.
#[derive(Clone, Debug)]
pub struct TokenOptions {
    /// The key that signs and verifies.
    pub secret: Secret,
    /// How long a token lives, in whole seconds.
    pub lifetime: Duration,
    /// The `iss` of every token, then also demanded; nothing means that tokens have none.
    pub issuer: Option<String>,
    /// The `aud` of every token, then also demanded; nothing means that tokens have none.
    pub audience: Option<String>,
}

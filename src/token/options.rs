//! What tokens are like.

use std::time::Duration;

use super::ring::KeyRing;

/// What tokens are like.
#[derive(Clone, Debug)]
pub struct TokenOptions {
    /// The keys that sign and verify.
    pub keys: KeyRing,
    /// How long a token lives, in whole seconds.
    pub lifetime: Duration,
    /// The `iss` of every token, then also demanded; nothing means that tokens have none.
    pub issuer: Option<String>,
    /// The `aud` of every token, then also demanded; nothing means that tokens have none.
    pub audience: Option<String>,
}

impl TokenOptions {
    /// The default lifetime of access tokens, except for the demo's.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_mins(15);
}

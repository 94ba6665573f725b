//! The options of tokens.

use std::time::Duration;

use countersign_auth::TokenVerifier;

use super::user_claims::UserClaim;
use crate::keys::SharedKeySet;

/// The options of tokens.
#[derive(Clone, Debug)]
pub struct TokenOptions {
    /// The key set that signs and verifies.
    pub keys: SharedKeySet,
    /// The lifetime of an access token, in whole seconds.
    pub lifetime: Duration,
    /// The `iss` of access tokens, then also required; `None` means none.
    pub issuer: Option<String>,
    /// The `aud` of access tokens, then also required; `None` means none.
    pub audience: Option<String>,
    /// The claims about the user that access tokens have besides. Default: none.
    pub claims: Vec<UserClaim>,
}

impl TokenOptions {
    /// The default lifetime of access tokens, except for the demo's.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_mins(15);

    /// The verifier of the access tokens that are issued with these options.
    #[must_use]
    pub fn verifier(&self) -> TokenVerifier {
        let mut verifier = TokenVerifier::new(self.keys.verification_keys().clone());
        if let Some(issuer) = &self.issuer {
            verifier = verifier.issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            verifier = verifier.audience(audience);
        }
        verifier
    }
}

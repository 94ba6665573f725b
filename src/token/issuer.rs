//! Issuing access tokens.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::assertion::Assertion;
use super::options::TokenOptions;
use super::user_claims::{UserClaim, UserClaims};
use crate::domain::{Metadata, SessionId, Timestamp, User, UserId};
use crate::keys::{SharedKeySet, SigningError};

/// Issues access tokens, signed with the signing key, whose `kid` they carry.
///
/// Claims: `user_id`, `sub` (the same number as a string), `iat`, `iat_ms`, `exp`, `jti`, `sid` for a
/// token of a session, and `iss` and `aud` if configured, as are
/// [`UserClaims`].
pub struct TokenIssuer {
    keys: SharedKeySet,
    lifetime: Duration,
    issuer: Option<String>,
    audience: Option<String>,
    claims: Vec<UserClaim>,
}

/// An access token to be issued.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The user that it authenticates.
    pub user: UserId,
    /// The session that it belongs to.
    pub session: Option<SessionId>,
    /// Time of issue.
    pub issued_at: Timestamp,
    /// Expiry, rounded down to seconds.
    pub expires_at: Timestamp,
    /// Claims about the user.
    pub claims: UserClaims,
}

/// The claims of a new token; see [`countersign_auth::Claims`].
#[derive(Serialize)]
struct NewClaims<'a> {
    user_id: UserId,
    sub: String,
    iat: i64,
    iat_ms: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    #[serde(flatten)]
    user: &'a UserClaims,
}

impl TokenIssuer {
    /// An issuer with these options. It signs with the current key set, also after a replacement.
    #[must_use]
    pub fn new(options: &TokenOptions) -> Self {
        Self {
            keys: options.keys.clone(),
            lifetime: options.lifetime,
            issuer: options.issuer.clone(),
            audience: options.audience.clone(),
            claims: options.claims.clone(),
        }
    }

    /// The configured lifetime of an access token.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Whether access tokens have claims about the user.
    #[must_use]
    pub fn has_user_claims(&self) -> bool {
        !self.claims.is_empty()
    }

    /// The configured claims about a user.
    #[must_use]
    pub fn user_claims(&self, user: &User, metadata: &Metadata) -> UserClaims {
        UserClaims::new(&self.claims, user, metadata)
    }

    /// Signs an access token.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn issue(&self, token: &NewToken) -> Result<String, SigningError> {
        let claims = NewClaims {
            user_id: token.user,
            sub: token.user.to_string(),
            iat: token.issued_at.seconds(),
            iat_ms: token.issued_at.milliseconds(),
            exp: token.expires_at.seconds(),
            jti: Uuid::new_v4().to_string(),
            sid: token.session.map(|session| session.to_string()),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
            user: &token.claims,
        };
        self.keys.current().signing_key().sign(&claims)
    }

    /// Signs an assertion.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn assert(&self, assertion: &Assertion<'_>) -> Result<String, SigningError> {
        assertion.sign(self.issuer.as_deref(), &self.keys)
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use countersign_auth::{KeyAlgorithm, TokenError, TokenVerifier, VerificationKeys};
    use proptest::prelude::*;

    use super::*;
    use crate::keys::{KeySet, SigningKey};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const LIFETIME: Duration = Duration::from_secs(20);

    fn key_set(algorithm: KeyAlgorithm) -> KeySet {
        KeySet::new(SigningKey::generate(algorithm).unwrap())
    }

    fn options(algorithm: KeyAlgorithm) -> TokenOptions {
        let keys = SharedKeySet::new(key_set(algorithm));
        TokenOptions { keys, lifetime: LIFETIME, issuer: None, audience: None, claims: Vec::new() }
    }

    fn issue(options: &TokenOptions, user: i64, now: Timestamp) -> String {
        let expires_at = now.saturating_add(LIFETIME);
        let token = NewToken {
            user: UserId(user),
            session: None,
            issued_at: now,
            expires_at,
            claims: UserClaims::default(),
        };
        TokenIssuer::new(options).issue(&token).unwrap()
    }

    #[test]
    fn issued_token_names_its_key_and_verifies_with_the_published_set() {
        for algorithm in KeyAlgorithm::ALL {
            let options = options(algorithm);
            let keys = options.keys.current();
            let token = issue(&options, 1, NOW);
            let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
            let kid = keys.signing_key().kid();
            let expected = format!(r#"{{"typ":"JWT","alg":"{algorithm}","kid":"{kid}"}}"#);
            assert_eq!(String::from_utf8(header).unwrap(), expected);
            assert_eq!(options.verifier().verify(&token, NOW).unwrap().user_id, UserId(1));
            let published = serde_json::to_vec(&keys.public()).unwrap();
            match VerificationKeys::from_jwk_set(&published) {
                Ok(keys) => assert!(TokenVerifier::new(keys).verify(&token, NOW).is_ok()),
                Err(_) => assert_eq!(algorithm, KeyAlgorithm::Hs256),
            }
        }
    }

    #[test]
    fn issued_token_is_expired_in_the_second_of_exp() {
        let options = options(KeyAlgorithm::Hs256);
        let token = issue(&options, 1, NOW);
        let after = |seconds| NOW.saturating_add(Duration::from_secs(seconds));
        let verifier = options.verifier();
        assert!(verifier.verify(&token, after(19)).is_ok());
        assert_eq!(verifier.verify(&token, after(20)), Err(TokenError::Expired));
    }

    #[test]
    fn configured_issuer_and_audience_are_issued_and_required() {
        let plain = options(KeyAlgorithm::Hs256);
        let issuer = Some("https://auth.example.com".to_owned());
        let configured =
            TokenOptions { issuer, audience: Some("shop".to_owned()), ..plain.clone() };
        let token = issue(&configured, 7, NOW);
        assert_eq!(configured.verifier().verify(&token, NOW).unwrap().user_id, UserId(7));
        assert_eq!(plain.verifier().verify(&token, NOW), Err(TokenError::Audience));
        let token = issue(&plain, 7, NOW);
        assert_eq!(configured.verifier().verify(&token, NOW), Err(TokenError::Issuer));
    }

    #[test]
    fn replaced_key_set_signs_and_verifies_for_all_who_share_it() {
        let options = options(KeyAlgorithm::Hs256);
        let verifier = options.verifier();
        let before = issue(&options, 1, NOW);
        assert!(verifier.verify(&before, NOW).is_ok());
        options.keys.clone().replace(key_set(KeyAlgorithm::EdDsa));
        assert_eq!(verifier.verify(&before, NOW), Err(TokenError::Algorithm));
        assert!(verifier.verify(&issue(&options, 1, NOW), NOW).is_ok());
    }

    proptest! {
        #[test]
        fn issued_token_verifies(user in 1_i64.., now in 0..i64::MAX / 2000) {
            let options = options(KeyAlgorithm::Hs256);
            let now = Timestamp::from_milliseconds(now * 1000 + 999);
            let claims = options.verifier().verify(&issue(&options, user, now), now).unwrap();
            prop_assert_eq!(claims.user_id, UserId(user));
            prop_assert_eq!(claims.iat, Some(now.seconds()));
            prop_assert_eq!(claims.issued_at(), Some(now));
        }
    }
}

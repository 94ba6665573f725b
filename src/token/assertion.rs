//! Assertions: what the upstream of a gateway verifies in place of trusting headers.

use std::time::Duration;

use serde::Serialize;

use crate::domain::{Timestamp, User};
use crate::keys::{SharedKeySet, SigningError};

/// An assertion: a JWT that tells one service which user a request comes from.
///
/// Its `typ` is [`Assertion::TYPE`] and it has no `user_id`, so that no verifier of access tokens accepts
/// it; its `aud` is never that of access tokens, so that no verifier of assertions accepts one of those.
#[derive(Clone, Copy, Debug)]
pub struct Assertion<'a> {
    /// The user.
    pub user: &'a User,
    /// The service that it is for.
    pub audience: &'a str,
    /// Time of issue.
    pub issued_at: Timestamp,
    /// The expiry of the credential that authenticated the request: the assertion does not outlive it.
    pub credential_expires_at: Timestamp,
}

#[derive(Serialize)]
struct AssertionClaims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    sub: String,
    aud: &'a str,
    iat: i64,
    exp: i64,
    email: &'a str,
    email_verified: bool,
    is_admin: bool,
}

impl Assertion<'_> {
    /// The `typ` of the header.
    pub const TYPE: &'static str = "countersign-assertion+jwt";
    /// The longest lifetime.
    pub const LIFETIME: Duration = Duration::from_mins(1);

    /// Signs the assertion with the current signing key.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn sign(&self, issuer: Option<&str>, keys: &SharedKeySet) -> Result<String, SigningError> {
        let expires_at = self.issued_at.saturating_add(Self::LIFETIME);
        let claims = AssertionClaims {
            iss: issuer,
            sub: self.user.id.to_string(),
            aud: self.audience,
            iat: self.issued_at.seconds(),
            exp: expires_at.min(self.credential_expires_at).seconds(),
            email: self.user.email.as_str(),
            email_verified: self.user.email_verified,
            is_admin: self.user.is_admin,
        };
        keys.current().signing_key().sign_as(Self::TYPE, &claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use countersign_auth::{KeyAlgorithm, TokenError, TokenVerifier};
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{Email, UserId};
    use crate::keys::{KeySet, SigningKey};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn signed(keys: &SharedKeySet, credential: Duration) -> String {
        let user = User {
            id: UserId(7),
            email: Email::parse("ada@example.com").unwrap(),
            is_admin: true,
            email_verified: false,
        };
        let credential_expires_at = NOW.saturating_add(credential);
        let assertion =
            Assertion { user: &user, audience: "wiki", issued_at: NOW, credential_expires_at };
        assertion.sign(Some("https://auth.example.com"), keys).unwrap()
    }

    fn part(token: &str, number: usize) -> Value {
        let part = token.split('.').nth(number).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn assertion_lives_for_a_minute_and_not_longer_than_the_credential() {
        for algorithm in KeyAlgorithm::ALL {
            let keys = SharedKeySet::new(KeySet::new(SigningKey::generate(algorithm).unwrap()));
            let token = signed(&keys, Duration::from_hours(1));
            assert_eq!(part(&token, 0)["typ"], Assertion::TYPE);
            let expected = json!({
                "iss": "https://auth.example.com", "sub": "7", "aud": "wiki",
                "iat": NOW.seconds(), "exp": NOW.seconds() + 60,
                "email": "ada@example.com", "email_verified": false, "is_admin": true,
            });
            assert_eq!(part(&token, 1), expected);
            let token = signed(&keys, Duration::from_secs(9));
            assert_eq!(part(&token, 1)["exp"], NOW.seconds() + 9);
        }
    }

    #[test]
    fn assertion_is_no_access_token_whatever_the_audience() {
        let keys = KeySet::new(SigningKey::generate(KeyAlgorithm::Hs256).unwrap());
        let keys = SharedKeySet::new(keys);
        let token = signed(&keys, Duration::from_hours(1));
        let verifier = TokenVerifier::new(keys.verification_keys().clone());
        assert_eq!(verifier.clone().verify(&token, NOW), Err(TokenError::Type));
        assert_eq!(verifier.audience("wiki").verify(&token, NOW), Err(TokenError::Type));
    }
}

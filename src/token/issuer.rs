//! Signing.

use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use uuid::Uuid;

use super::claims::NewClaims;
use super::options::TokenOptions;
use crate::user::UserId;

/// Issues tokens: HS256, with the claims `user_id`, `sub` (the same number as a string), `iat`,
/// `exp`, `jti`, and `iss` and `aud` where they are configured.
pub struct TokenIssuer {
    key: EncodingKey,
    header: Header,
    lifetime: i64,
    issuer: Option<String>,
    audience: Option<String>,
}

/// A token could not be signed.
#[derive(Debug, thiserror::Error)]
#[error("the token could not be signed: {0}")]
pub struct SigningError(#[source] jsonwebtoken::errors::Error);

impl TokenIssuer {
    /// Prepares the key once.
    #[must_use]
    pub fn new(options: &TokenOptions) -> Self {
        Self {
            key: EncodingKey::from_secret(options.secret.expose()),
            header: Header::new(Algorithm::HS256),
            lifetime: i64::try_from(options.lifetime.as_secs()).unwrap_or(i64::MAX),
            issuer: options.issuer.clone(),
            audience: options.audience.clone(),
        }
    }

    /// Signs a token for `user` at the millisecond `now`: good at once, and dead in the second that
    /// begins its lifetime after the one it was issued in.
    ///
    /// # Errors
    ///
    /// [`SigningError`], where the key cannot sign.
    pub fn issue(&self, user: UserId, now: i64) -> Result<String, SigningError> {
        let iat = now.div_euclid(1000);
        let claims = NewClaims {
            user_id: user,
            sub: user.to_string(),
            iat,
            iat_ms: now,
            exp: iat.saturating_add(self.lifetime),
            jti: Uuid::new_v4().to_string(),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
        };
        encode(&self.header, &claims, &self.key).map_err(SigningError)
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

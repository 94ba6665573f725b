//! Signing.

use std::fmt;

use uuid::Uuid;

use super::claims::NewClaims;
use super::key::SigningError;
use super::options::TokenOptions;
use super::ring::KeyRing;
use crate::domain::{SessionId, UserId};

/// Issues tokens: signed with the first key of the ring, whose name they carry as `kid`, with the
/// claims `user_id`, `sub` (the same number as a string), `iat`, `exp`, `jti`, `sid` where it belongs
/// to a session, and `iss` and `aud` where they are configured.
pub struct TokenIssuer {
    keys: KeyRing,
    lifetime: i64,
    issuer: Option<String>,
    audience: Option<String>,
}

/// What a token is to say.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// Whom it speaks of.
    pub user: UserId,
    /// The session that it belongs to, if it does.
    pub session: Option<SessionId>,
    /// When it is issued, in milliseconds since 1970.
    pub issued_at: i64,
    /// The second from which it is dead.
    pub expires_at: i64,
}

impl TokenIssuer {
    /// Signs with the keys of these options, also when they are changed later.
    #[must_use]
    pub fn new(options: &TokenOptions) -> Self {
        Self {
            keys: options.keys.clone(),
            lifetime: i64::try_from(options.lifetime.as_secs()).unwrap_or(i64::MAX),
            issuer: options.issuer.clone(),
            audience: options.audience.clone(),
        }
    }

    /// How long tokens live, in seconds, where nothing ends them earlier.
    #[must_use]
    pub fn lifetime(&self) -> i64 {
        self.lifetime
    }

    /// Signs a token: good at once, and dead in the second that its grant names.
    ///
    /// # Errors
    ///
    /// [`SigningError`], where the key cannot sign.
    pub fn issue(&self, grant: &Grant) -> Result<String, SigningError> {
        let claims = NewClaims {
            user_id: grant.user,
            sub: grant.user.to_string(),
            iat: grant.issued_at.div_euclid(1000),
            iat_ms: grant.issued_at,
            exp: grant.expires_at,
            jti: Uuid::new_v4().to_string(),
            sid: grant.session.map(|session| session.to_string()),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
        };
        self.keys.current().signing().sign(&claims)
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

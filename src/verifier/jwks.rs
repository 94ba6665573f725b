//! Keys from a URL.

use std::sync::Arc;

use tracing::debug;

use super::remote_keys::RemoteKeys;
use super::source::JwksSource;
use crate::auth::{Authenticate, Rejection};
use crate::clock::{Clock, SystemClock};
use crate::token::{Claims, TokenError, TokenVerifier};

/// The [`Authenticate`] with the keys that a countersign publishes: accepts a token for what it
/// says, and asks for nothing but the keys, every few minutes.
///
/// They are fetched at the first request, and again in the background before the time is over that
/// `Cache-Control: max-age` gives them, from a minute to an hour; without one that is five minutes.
/// A token that names a key that is not among them is a reason to fetch them, too, but not within
/// ten seconds of the last time. Where a fetch fails, the keys from before go on being used, and the
/// log says so. Where there have never been any, a request is answered with `503`.
///
/// A user who has been removed stays known to it until their token expires.
///
/// ```
/// use countersign::{JwksSource, JwksVerifier};
/// use countersign::auth::{AuthLayer, RequireAuthLayer};
/// use countersign::token::Claims;
/// use tower::ServiceBuilder;
///
/// # fn main() -> Result<(), countersign::JwksSourceError> {
/// let source = JwksSource::new("https://auth.example.com/.well-known/jwks.json")?;
/// let verifier = JwksVerifier::new(source).issuer("https://auth.example.com").audience("shop");
/// let layers = ServiceBuilder::new()
///     .layer(AuthLayer::new(verifier))
///     .layer(RequireAuthLayer::<Claims>::new());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct JwksVerifier {
    tokens: Arc<TokenVerifier>,
    keys: Arc<RemoteKeys>,
}

impl JwksVerifier {
    /// Accepts tokens that were signed with the keys there, from any issuer, for no audience, by
    /// the clock of the machine. Nothing is fetched yet.
    #[must_use]
    pub fn new(source: JwksSource) -> Self {
        Self::with_clock(source, Arc::new(SystemClock))
    }

    /// The same by this clock.
    #[must_use]
    pub fn with_clock(source: JwksSource, clock: Arc<dyn Clock>) -> Self {
        let keys = RemoteKeys::new(source, clock);
        let tokens = TokenVerifier::public(keys.ring().clone());
        Self { tokens: Arc::new(tokens), keys: Arc::new(keys) }
    }

    /// Demands this `iss`.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        let tokens = Arc::unwrap_or_clone(self.tokens).issuer(issuer);
        Self { tokens: Arc::new(tokens), ..self }
    }

    /// Demands this `aud`, alone or among others.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        let tokens = Arc::unwrap_or_clone(self.tokens).audience(audience);
        Self { tokens: Arc::new(tokens), ..self }
    }

    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        self.tokens.verify(token, self.keys.clock().now().seconds())
    }
}

impl Authenticate for JwksVerifier {
    type Identity = Claims;

    async fn authenticate(&self, token: &str) -> Result<Claims, Rejection> {
        if !self.keys.are_here().await {
            return Err(Rejection::Unavailable);
        }
        let mut verdict = self.verify(token);
        if let Err(TokenError::Signature | TokenError::Algorithm) = verdict
            && self.tokens.names_a_strange_key(token)
            && self.keys.were_fetched_again().await
        {
            verdict = self.verify(token);
        }
        verdict.map(Arc::unwrap_or_clone).map_err(|reason| {
            debug!(%reason, "token refused");
            Rejection::Invalid
        })
    }
}

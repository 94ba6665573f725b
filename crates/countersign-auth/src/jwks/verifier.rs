//! The authenticator.

use std::pin::Pin;
use std::sync::Arc;

use tracing::debug;

use super::remote_keys::RemoteKeys;
use super::source::JwksSource;
use crate::claims::Claims;
use crate::clock::{Clock, SystemClock};
use crate::layer::{Authenticate, Rejection};
use crate::verifier::{TokenError, TokenVerifier};

/// Authenticates a token with the keys that a countersign publishes.
///
/// The keys are fetched at the first request, and again in the background before they expire:
/// `Cache-Control: max-age` says when, from 1 minute to 1 hour; default 5 minutes. A token with an
/// unknown `kid` also triggers a fetch, at most every 10 seconds. If a fetch fails, the previous keys
/// remain in use, and a warning is logged. Without any keys a request is rejected with `503`.
///
/// A deleted user remains authenticated until the token expires. Requires a tokio runtime.
///
/// ```
/// use countersign_auth::{AuthLayer, Claims, JwksSource, JwksVerifier, RequireAuthLayer};
/// use tower::ServiceBuilder;
///
/// # fn main() -> Result<(), countersign_auth::JwksSourceError> {
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
    /// Authenticates with the keys of `source` and the system clock, tokens of any issuer and
    /// without an audience. Nothing is fetched yet.
    #[must_use]
    pub fn new(source: JwksSource) -> Self {
        Self::with_clock(source, Arc::new(SystemClock))
    }

    /// The same with `clock`.
    #[must_use]
    pub fn with_clock(source: JwksSource, clock: Arc<dyn Clock>) -> Self {
        let keys = RemoteKeys::new(source, clock);
        let tokens = TokenVerifier::new(keys.shared().clone());
        Self { tokens: Arc::new(tokens), keys: Arc::new(keys) }
    }

    /// Requires this `iss`.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        let tokens = Arc::unwrap_or_clone(self.tokens).issuer(issuer);
        Self { tokens: Arc::new(tokens), ..self }
    }

    /// Requires `aud` to contain this audience.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        let tokens = Arc::unwrap_or_clone(self.tokens).audience(audience);
        Self { tokens: Arc::new(tokens), ..self }
    }

    async fn authenticated(self, token: String) -> Result<Claims, Rejection> {
        if !self.keys.are_available().await {
            return Err(Rejection::Unavailable);
        }
        let mut verified = self.verify(&token);
        if let Err(TokenError::Signature | TokenError::Algorithm) = verified
            && self.tokens.has_unknown_kid(&token)
            && self.keys.fetch_for_unknown_kid().await
        {
            verified = self.verify(&token);
        }
        verified.map(Arc::unwrap_or_clone).map_err(|reason| {
            debug!(%reason, "token rejected");
            Rejection::Invalid
        })
    }

    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenError> {
        self.tokens.verify(token, self.keys.clock().now())
    }
}

impl Authenticate for JwksVerifier {
    type Identity = Claims;
    type Future = Pin<Box<dyn Future<Output = Result<Claims, Rejection>> + Send>>;

    fn authenticate(&self, token: &str) -> Self::Future {
        Box::pin(self.clone().authenticated(token.to_owned()))
    }
}

//! Authentication with verification keys that the service holds.

use std::future::{Ready, ready};
use std::sync::Arc;

use tracing::debug;

use super::claims::Claims;
use super::clock::{Clock, SystemClock};
use super::layer::{Authenticate, Rejection};
use super::verifier::TokenVerifier;

/// Authenticates a token by its signature and its claims alone.
///
/// A deleted user remains authenticated until the token expires.
///
/// ```
/// use countersign_auth::{
///     AuthLayer, Claims, RequireAuthLayer, Secret, StatelessVerifier, TokenVerifier,
///     VerificationKeys,
/// };
/// use tower::ServiceBuilder;
///
/// # fn main() -> Result<(), countersign_auth::SecretError> {
/// let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec())?;
/// let keys = VerificationKeys::from_secret(&secret);
/// let layers = ServiceBuilder::new()
///     .layer(AuthLayer::new(StatelessVerifier::new(TokenVerifier::new(keys))))
///     .layer(RequireAuthLayer::<Claims>::new());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StatelessVerifier {
    tokens: Arc<TokenVerifier>,
    clock: Arc<dyn Clock>,
}

impl StatelessVerifier {
    /// Authenticates with `tokens` and the system clock.
    #[must_use]
    pub fn new(tokens: TokenVerifier) -> Self {
        Self::with_clock(tokens, Arc::new(SystemClock))
    }

    /// Authenticates with `tokens` and `clock`.
    #[must_use]
    pub fn with_clock(tokens: TokenVerifier, clock: Arc<dyn Clock>) -> Self {
        Self { tokens: Arc::new(tokens), clock }
    }

    fn verify(&self, token: &str) -> Result<Claims, Rejection> {
        let verified = self.tokens.verify(token, self.clock.now());
        verified.map(Arc::unwrap_or_clone).map_err(|reason| {
            debug!(%reason, "token rejected");
            Rejection::Invalid
        })
    }
}

impl Authenticate for StatelessVerifier {
    type Identity = Claims;
    type Future = Ready<Result<Claims, Rejection>>;

    fn authenticate(&self, token: &str) -> Self::Future {
        ready(self.verify(token))
    }

    fn authenticate_now(&self, token: &str) -> Option<Result<Claims, Rejection>> {
        Some(self.verify(token))
    }
}

//! Finding out who is calling from the token alone, for other services.

use std::sync::Arc;

use tracing::debug;

use crate::auth::{Authenticate, Rejection};
use crate::clock::{Clock, SystemClock};
use crate::token::{Claims, TokenVerifier};

/// The stateless [`Authenticate`]: accepts a token for what it says, without asking anybody.
///
/// Any tower service that shares the secret, or has the public keys, wears it with
/// [`AuthLayer`](crate::auth::AuthLayer); `examples/protected_service.rs` is one. A user who has
/// been removed stays known to it until their token expires.
///
/// ```
/// use countersign::StatelessVerifier;
/// use countersign::auth::{AuthLayer, RequireAuthLayer};
/// use countersign::token::{Claims, Secret, TokenVerifier};
/// use tower::ServiceBuilder;
///
/// # fn main() -> Result<(), countersign::token::SecretError> {
/// let secret = Secret::new(b"a secret of at least thirty-two bytes".to_vec())?;
/// let verifier = StatelessVerifier::new(TokenVerifier::hs256(&secret));
/// let layers = ServiceBuilder::new()
///     .layer(AuthLayer::new(verifier))
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
    /// Accepts what `tokens` accepts, by the clock of the machine.
    #[must_use]
    pub fn new(tokens: TokenVerifier) -> Self {
        Self::with_clock(tokens, Arc::new(SystemClock))
    }

    /// Accepts what `tokens` accepts, by this clock.
    #[must_use]
    pub fn with_clock(tokens: TokenVerifier, clock: Arc<dyn Clock>) -> Self {
        Self { tokens: Arc::new(tokens), clock }
    }

    fn verify(&self, token: &str) -> Result<Claims, Rejection> {
        let verdict = self.tokens.verify(token, self.clock.now().seconds());
        verdict.map(Arc::unwrap_or_clone).map_err(|reason| {
            debug!(%reason, "token refused");
            Rejection::Invalid
        })
    }
}

impl Authenticate for StatelessVerifier {
    type Identity = Claims;

    async fn authenticate(&self, token: &str) -> Result<Claims, Rejection> {
        self.verify(token)
    }

    fn authenticate_now(&self, token: &str) -> Option<Result<Claims, Rejection>> {
        Some(self.verify(token))
    }
}

//! The trait behind [`AuthLayer`](super::AuthLayer).

use std::sync::Arc;

/// Authenticates a bearer token.
pub trait Authenticate {
    /// The identity that an authenticated request carries in its extensions.
    type Identity: Clone + Send + Sync + 'static;

    /// The future of the identity. [`std::future::Ready`] where nothing has to be awaited.
    type Future: Future<Output = Result<Self::Identity, Rejection>> + Send + 'static;

    /// Authenticates `token`, which is not empty and is visible ASCII without spaces.
    ///
    /// The future resolves to the identity, or to the [`Rejection`] that becomes the response.
    fn authenticate(&self, token: &str) -> Self::Future;

    /// Authenticates `token` where nothing has to be awaited; `None` where
    /// [`Authenticate::authenticate`] has to be called, which is the default.
    ///
    /// The layer calls it first: it neither stores nor allocates anything for a request then.
    fn authenticate_now(&self, token: &str) -> Option<Result<Self::Identity, Rejection>> {
        let _ = token;
        None
    }
}

impl<T: Authenticate> Authenticate for Arc<T> {
    type Identity = T::Identity;
    type Future = T::Future;

    fn authenticate(&self, token: &str) -> Self::Future {
        T::authenticate(self, token)
    }

    fn authenticate_now(&self, token: &str) -> Option<Result<Self::Identity, Rejection>> {
        T::authenticate_now(self, token)
    }
}

/// The reasons for which a request is not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The token is invalid, for any reason: `401`, or `400` by the compatibility contract.
    Invalid,
    /// The token cannot be checked at present: `503`.
    Unavailable,
}

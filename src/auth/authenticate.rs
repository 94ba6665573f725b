//! What a token means.

use std::sync::Arc;

/// Knows the identity behind a bearer token.
pub trait Authenticate: Send + Sync + 'static {
    /// What a request carries in its extensions once its token has been accepted.
    type Identity: Clone + Send + Sync + 'static;

    /// The identity behind `token`, which is not empty and is visible ASCII without spaces.
    ///
    /// # Errors
    ///
    /// [`Rejection`], which becomes the answer.
    fn authenticate(
        &self,
        token: &str,
    ) -> impl Future<Output = Result<Self::Identity, Rejection>> + Send;

    /// The same, where it is known without waiting; `None`, as here, where it may have to be waited
    /// for. The layer asks this first, and spares itself the memory that waiting takes.
    fn authenticate_now(&self, token: &str) -> Option<Result<Self::Identity, Rejection>> {
        let _ = token;
        None
    }
}

impl<T: Authenticate> Authenticate for Arc<T> {
    type Identity = T::Identity;

    fn authenticate(
        &self,
        token: &str,
    ) -> impl Future<Output = Result<Self::Identity, Rejection>> + Send {
        T::authenticate(self, token)
    }

    fn authenticate_now(&self, token: &str) -> Option<Result<Self::Identity, Rejection>> {
        T::authenticate_now(self, token)
    }
}

/// Why there is no identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// The token is not good, for whatever reason: `400`, or the `401` of RFC 6750, and no more is
    /// said.
    Invalid,
    /// It could not be found out just now: `503`.
    Unavailable,
}

//! Rejection of anonymous requests.

use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::future::RequireAuthFuture;
use crate::response::auth_required;

/// Rejects requests without an identity `I` with `401`. Must be inside of an
/// [`AuthLayer`](super::AuthLayer).
pub struct RequireAuthLayer<I>(PhantomData<fn() -> I>);

impl<I> RequireAuthLayer<I> {
    /// A layer that requires an `I` in the request's extensions.
    #[must_use]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<I> Default for RequireAuthLayer<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I> Clone for RequireAuthLayer<I> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<I> fmt::Debug for RequireAuthLayer<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequireAuthLayer")
    }
}

impl<I, S> Layer<S> for RequireAuthLayer<I> {
    type Service = RequireAuthService<I, S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireAuthService { inner, identity: PhantomData }
    }
}

/// The service of a [`RequireAuthLayer`].
pub struct RequireAuthService<I, S> {
    inner: S,
    identity: PhantomData<fn() -> I>,
}

impl<I, S: Clone> Clone for RequireAuthService<I, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), identity: PhantomData }
    }
}

impl<I, S: fmt::Debug> fmt::Debug for RequireAuthService<I, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequireAuthService").field(&self.inner).finish()
    }
}

impl<I, S, B, R> Service<Request<B>> for RequireAuthService<I, S>
where
    I: Clone + Send + Sync + 'static,
    S: Service<Request<B>, Response = Response<R>>,
    R: From<&'static str>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = RequireAuthFuture<S::Future, S::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.extensions().get::<I>().is_some() {
            RequireAuthFuture::call(self.inner.call(request))
        } else {
            RequireAuthFuture::reject(auth_required())
        }
    }
}

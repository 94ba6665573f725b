//! Somebody has to be there.

use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::task::{Context, Poll};

use futures_util::future::Either;
use http::{Request, Response};
use tower::{Layer, Service};

use super::answer::auth_required;

/// Answers `401` to every request that carries no identity `I`: what the tutorial calls
/// `login_required`. Goes inside of an [`AuthLayer`](super::AuthLayer).
pub struct RequireAuthLayer<I>(PhantomData<fn() -> I>);

impl<I> RequireAuthLayer<I> {
    /// A layer that demands an `I` in the extensions.
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

/// The service that [`RequireAuthLayer`] makes.
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
    type Future = Either<S::Future, Ready<Result<Self::Response, Self::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.extensions().get::<I>().is_some() {
            Either::Left(self.inner.call(request))
        } else {
            Either::Right(ready(Ok(auth_required())))
        }
    }
}

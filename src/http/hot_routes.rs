//! Routes that other services request with each of their own requests, past the router.

use std::convert::Infallible;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures_util::future::Either;
use tower::Service;

use super::account::GET_USER;
use super::gateway::VERIFY;

/// Dispatches `GET /get-user` and `/verify` to their services, and all other requests to the router.
///
/// The router has `/get-user`, too, for `HEAD` and the other methods. It boxes each layer and each handler
/// anew for each request, which costs more than this service itself.
#[derive(Clone)]
pub(super) struct HotRoutes<G, V, R> {
    pub(super) get_user: G,
    pub(super) verify: V,
    /// The router, with all routes.
    pub(super) routes: R,
}

impl<G, V, R> Service<Request> for HotRoutes<G, V, R>
where
    G: Service<Request, Response = Response, Error = Infallible>,
    V: Service<Request, Response = Response, Error = Infallible>,
    R: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<G::Future, Either<V::Future, R::Future>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        ready!(self.get_user.poll_ready(cx))?;
        ready!(self.verify.poll_ready(cx))?;
        self.routes.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match request.uri().path() {
            GET_USER if request.method() == Method::GET => {
                Either::Left(self.get_user.call(request))
            }
            VERIFY => Either::Right(Either::Left(self.verify.call(request))),
            _ => Either::Right(Either::Right(self.routes.call(request))),
        }
    }
}

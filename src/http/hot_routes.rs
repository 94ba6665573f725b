//! The route that other services ask with each of their own requests, past the router.

use std::convert::Infallible;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::Method;
use axum::response::Response;
use futures_util::future::Either;
use tower::Service;

use super::account::GET_USER;

/// Answers `GET /get-user` with a service of its own, and everything else with the routes.
///
/// The routes have that one, too, for `HEAD` and for the other methods, and would answer it as well.
/// But axum's router keeps each layer and each handler in boxes of their own, which are cloned and
/// filled for each request, and this costs more than what the service does.
#[derive(Clone)]
pub(super) struct FastPath<G, R> {
    pub(super) get_user: G,
    pub(super) routes: R,
}

impl<G, R> Service<Request> for FastPath<G, R>
where
    G: Service<Request, Response = Response, Error = Infallible>,
    R: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<G::Future, R::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        ready!(self.get_user.poll_ready(cx))?;
        self.routes.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if request.method() == Method::GET && request.uri().path() == GET_USER {
            Either::Left(self.get_user.call(request))
        } else {
            Either::Right(self.routes.call(request))
        }
    }
}

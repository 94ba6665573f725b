//! Panics of handlers and layers.

use std::any::Any;
use std::future::{Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use futures_util::future::{CatchUnwind, Either, Map};
use tower::Service;
use tracing::error;

use crate::http::error::HttpError;

/// Responds with a 500 to a panic in either half of a service: in `call`, and in the future that it
/// returns.
///
/// Not the layer of tower-http: that boxes the body of every response.
#[derive(Clone)]
pub(super) struct CatchPanic<S>(pub(super) S);

type Outcome<E> = Result<Response, E>;
type Caught<F, E> = Map<
    CatchUnwind<AssertUnwindSafe<F>>,
    fn(Result<Outcome<E>, Box<dyn Any + Send>>) -> Outcome<E>,
>;

impl<S: Service<Request, Response = Response>> Service<Request> for CatchPanic<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Caught<S::Future, S::Error>, Ready<Outcome<S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // No state of a service outlives its request in part.
        match catch_unwind(AssertUnwindSafe(|| self.0.call(request))) {
            Ok(future) => {
                let outcome = AssertUnwindSafe(future).catch_unwind();
                Either::Left(
                    outcome.map(|outcome| outcome.unwrap_or_else(|_| Ok(internal_error()))),
                )
            }
            Err(_) => Either::Right(ready(Ok(internal_error()))),
        }
    }
}

fn internal_error() -> Response {
    // Without its message, which may quote untrusted input. The panic hook has logged the location.
    error!("request panicked");
    HttpError::Internal.into_response()
}

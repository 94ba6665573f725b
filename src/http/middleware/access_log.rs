//! One line a request.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tower::Service;
use tracing::info;

/// Logs method, route, status and duration of each request, also of one whose client left before
/// the answer.
///
/// The route is the pattern, never the path: a path is the client's text and may hold a secret.
/// The request's id comes from the scope that [`NameRequest`](super::request_id::NameRequest) opens.
#[derive(Clone)]
pub(super) struct AccessLog<S> {
    pub(super) inner: S,
    /// What the route is called where no router has found one.
    pub(super) unmatched: &'static str,
}

impl<S: Service<Request, Response = Response>> Service<Request> for AccessLog<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Logged<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let line = Line {
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            unmatched: self.unmatched,
            status: None,
            start: Instant::now(),
        };
        Logged { answer: self.inner.call(request), line: Some(line) }
    }
}

pin_project! {
    /// An answer that is logged once it is there.
    pub(super) struct Logged<F> {
        #[pin]
        answer: F,
        line: Option<Line>,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Logged<F> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.answer.poll(cx));
        if let Some(mut line) = this.line.take() {
            line.status = answer.as_ref().ok().map(Response::status);
        }
        Poll::Ready(answer)
    }
}

/// Is written when it is dropped.
struct Line {
    method: Method,
    route: Option<MatchedPath>,
    unmatched: &'static str,
    status: Option<StatusCode>,
    start: Instant,
}

impl Drop for Line {
    fn drop(&mut self) {
        let route = self.route.as_ref().map_or(self.unmatched, MatchedPath::as_str);
        let duration_us = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Methods of a client's own making are text of theirs, too.
        let method = match self.method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
            _ => "other",
        };
        // A message as text is a value like the others; as a format it would have to be read.
        if let Some(status) = self.status {
            info!(message = "answered", method, route, status = status.as_u16(), duration_us);
        } else {
            info!(message = "abandoned before the answer", method, route, duration_us);
        }
    }
}

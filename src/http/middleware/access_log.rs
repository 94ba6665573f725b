//! The access log, one line per request, and the metrics of requests.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use pin_project_lite::pin_project;
use tokio::time::Instant;
use tower::Service;
use tracing::info;

use crate::metrics::RouteMetrics;
use crate::sessions::Caller;
use crate::telemetry::{self, RequestScope};

/// Logs and counts each request, also if the client disconnects before the response: method, route, status,
/// duration, and user and OAuth client if the request has them.
///
/// The route is the pattern and never the path: a path is untrusted input and may contain a secret.
/// Request id, user and OAuth client come from the [`RequestScope`].
#[derive(Clone)]
pub(super) struct AccessLog<S> {
    pub(super) inner: S,
    /// The route of requests that no router has matched.
    pub(super) unmatched: &'static str,
    pub(super) metrics: RouteMetrics,
}

impl<S: Service<Request, Response = Response>> Service<Request> for AccessLog<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Logged<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let entry = AccessLogEntry {
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            unmatched: self.unmatched,
            metrics: self.metrics.clone(),
            status: None,
            start: Instant::now(),
        };
        Logged { response: self.inner.call(request), entry: Some(entry) }
    }
}

/// Names the authenticated user of a request in its access log line.
pub(in crate::http) fn record_caller(request: Request) -> Request {
    if let Some(caller) = request.extensions().get::<Caller>() {
        telemetry::record_user(caller.user.id);
    }
    request
}

pin_project! {
    /// A response that is logged once it is complete.
    pub(super) struct Logged<F> {
        #[pin]
        response: F,
        entry: Option<AccessLogEntry>,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Logged<F> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.response.poll(cx));
        if let Some(mut entry) = this.entry.take() {
            entry.status = response.as_ref().ok().map(Response::status);
        }
        Poll::Ready(response)
    }
}

/// A line of the access log, written when it is dropped: with the response, or when the request is
/// abandoned.
struct AccessLogEntry {
    method: Method,
    route: Option<MatchedPath>,
    unmatched: &'static str,
    metrics: RouteMetrics,
    status: Option<StatusCode>,
    start: Instant,
}

impl Drop for AccessLogEntry {
    fn drop(&mut self) {
        let route = self.route.as_ref().map_or(self.unmatched, MatchedPath::as_str);
        let duration = self.start.elapsed();
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let method = name(&self.method);
        self.metrics.record(method, route, self.status.map(|status| status.as_u16()), duration);
        let (user, oauth_client) =
            RequestScope::with_current(|scope| (scope.user(), scope.oauth_client()))
                .unwrap_or_default();
        let user_id = user.map(|user| user.0);
        let oauth_client = oauth_client.map(|client| client.to_string());
        let oauth_client = oauth_client.as_deref();
        if let Some(status) = self.status {
            let status = status.as_u16();
            info!(method, route, status, duration_us, user_id, oauth_client, "response");
        } else {
            info!(method, route, duration_us, user_id, oauth_client, "request abandoned");
        }
    }
}

/// The name of a method. One of an extension is untrusted input, too.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

//! `X-Request-Id`, in and out, and `traceparent`.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tower::Service;

use crate::domain::{RequestId, TraceContext};
use crate::telemetry::RequestScope;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Identifies each request in its log lines and in its response: by the client's `X-Request-Id` if
/// it is valid, otherwise by a random identifier. In the log also by the trace of a valid `traceparent`.
#[derive(Clone)]
pub(super) struct SetRequestId<S>(pub(super) S);

impl<S: Service<Request, Response = Response>> Service<Request> for SetRequestId<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = WithRequestId<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let sent = request.headers().get(X_REQUEST_ID);
        let id = sent.and_then(|id| RequestId::parse(id.as_bytes()));
        let id = id.unwrap_or_else(RequestId::random);
        let scope = RequestScope::new(id).in_trace(trace(request.headers()));
        WithRequestId { response: scope.run(|| self.0.call(request)), id }
    }
}

/// The trace of the caller, with a span of this service. Several headers count as none (W3C Trace Context
/// section 3.2).
fn trace(headers: &HeaderMap) -> Option<TraceContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => TraceContext::parse(value.as_bytes())?.child(),
        _ => None,
    }
}

pin_project! {
    /// A response that gets the identifier of its request.
    pub(super) struct WithRequestId<F> {
        #[pin]
        response: TaskLocalFuture<RequestScope, F>,
        id: RequestId,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for WithRequestId<F> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.response.poll(cx))?;
        if let Ok(id) = HeaderValue::from_str(this.id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        Poll::Ready(Ok(response))
    }
}

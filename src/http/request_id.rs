//! `X-Request-Id`, in and out.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use pin_project_lite::pin_project;
use tower::Service;
use tracing::instrument::Instrumented;
use tracing::{Instrument, error_span};
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 64;

/// The name of one request, in its extensions.
#[derive(Clone, Debug)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The client's, if it can be nothing but a name; a new one otherwise.
    fn of(request: &Request) -> Self {
        let given = request.headers().get(X_REQUEST_ID).filter(|value| is_name(value));
        Self(given.cloned().unwrap_or_else(Self::random))
    }

    fn random() -> HeaderValue {
        let mut text = Uuid::encode_buffer();
        let text = Uuid::new_v4().simple().encode_lower(&mut text);
        HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none"))
    }
}

/// Names the request, in its extensions, in the log lines it causes and in its answer.
#[derive(Clone)]
pub(super) struct NameRequest<S>(pub(super) S);

impl<S: Service<Request, Response = Response>> Service<Request> for NameRequest<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Named<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let id = RequestId::of(&request);
        request.extensions_mut().insert(id.clone());
        let span = error_span!("request", id = id.as_str());
        let answer = span.in_scope(|| self.0.call(request));
        Named { answer: answer.instrument(span), id }
    }
}

pin_project! {
    /// An answer that carries the name of its request.
    pub(super) struct Named<F> {
        #[pin]
        answer: Instrumented<F>,
        id: RequestId,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Named<F> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut answer = ready!(this.answer.poll(cx));
        if let Ok(response) = &mut answer {
            response.headers_mut().insert(X_REQUEST_ID, this.id.0.clone());
        }
        Poll::Ready(answer)
    }
}

/// Only these characters, so that nothing of a client's choosing but a name comes back to it.
fn is_name(value: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(is_plain)
}

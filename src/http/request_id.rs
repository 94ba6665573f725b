//! `X-Request-Id`, in and out.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
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
pub(super) async fn request_id(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    request.extensions_mut().insert(id.clone());
    let span = error_span!("request", id = id.as_str());
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(X_REQUEST_ID, id.0);
    response
}

/// Only these characters, so that nothing of a client's choosing but a name comes back to it.
fn is_name(value: &HeaderValue) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=LONGEST).contains(&value.len()) && value.as_bytes().iter().all(is_plain)
}

//! `X-Request-Id`, in and out.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use pin_project_lite::pin_project;
use tokio::task::futures::TaskLocalFuture;
use tower::Service;

use crate::telemetry::RequestId;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, in the log lines it causes and in its answer: as the client does, if that can
/// be nothing but a name, or else anew.
#[derive(Clone)]
pub(super) struct NameRequest<S>(pub(super) S);

impl<S: Service<Request, Response = Response>> Service<Request> for NameRequest<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Named<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let given = request.headers().get(X_REQUEST_ID);
        let id = given.and_then(|name| RequestId::parse(name.as_bytes()));
        let id = id.unwrap_or_else(RequestId::random);
        let answer = id.sync_scope(|| self.0.call(request));
        Named { answer: id.scope(answer) }
    }
}

pin_project! {
    /// An answer that carries the name of its request.
    pub(super) struct Named<F> {
        #[pin]
        answer: TaskLocalFuture<RequestId, F>,
    }
}

impl<F: Future<Output = Result<Response, E>>, E> Future for Named<F> {
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut answer = ready!(this.answer.as_mut().poll(cx));
        if let (Ok(response), Some(id)) = (&mut answer, this.answer.take_value())
            && let Ok(id) = HeaderValue::from_str(id.as_str())
        {
            response.headers_mut().insert(X_REQUEST_ID, id);
        }
        Poll::Ready(answer)
    }
}

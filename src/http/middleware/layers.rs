//! What every request passes through.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tower::layer::layer_fn;
use tower::{Service, ServiceBuilder};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::error;

use super::access_log::AccessLog;
use super::request_id::SetRequestId;
use crate::config::HttpOptions;
use crate::http::error::HttpError;
use crate::http::extract::discard_rest;

/// Wraps a service in the layers. A request passes them from top to bottom, its answer from bottom
/// to top. None of them allocates for a request that is nothing special. The log calls the route
/// `unmatched` where no router has found one.
pub(in crate::http) fn wrap<S>(
    service: S,
    unmatched: &'static str,
    options: &HttpOptions,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static
+ use<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    ServiceBuilder::new()
        // First, so that every line of the log can name the request.
        .layer(layer_fn(SetRequestId))
        .layer(layer_fn(move |inner| AccessLog { inner, unmatched }))
        // Outside of all that answers, so that no answer is without them.
        .map_response(guard)
        // Answers a browser's preflight itself, and marks all other answers.
        .option_layer(cors(&options.cors_origins))
        // Outside of all that may answer without having read the body.
        .map_request(discard_rest)
        // Inside of the log, which then shows the 500.
        .map_future(caught)
        .service(service)
}

/// Has no answer taken for what it is not, nor kept where it does not say so.
fn guard(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// How long a browser need not repeat a preflight. No browser keeps one for longer than a day, and
/// Chromium for two hours.
const PREFLIGHT_AGE: Duration = Duration::from_hours(2);

fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.to_vec()),
    };
    let layer = CorsLayer::new()
        .max_age(PREFLIGHT_AGE)
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static("x-request-id")])
        .expose_headers([WWW_AUTHENTICATE, RETRY_AFTER, HeaderName::from_static("x-request-id")]);
    Some(layer)
}

/// Turns a panic into an answer.
fn caught<F>(answer: F) -> impl Future<Output = F::Output>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    // What a panic leaves half-done is dropped with the request.
    AssertUnwindSafe(answer).catch_unwind().map(|answer| {
        answer.unwrap_or_else(|_| {
            error!("a request panicked");
            Ok(HttpError::Internal.into_response())
        })
    })
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_500_that_says_nothing_of_it() {
        async fn panics(_: Request) -> Result<Response, Infallible> {
            panic!("the secret is hunter2")
        }
        let options = HttpOptions {
            body_limit: 0,
            body_timeout: std::time::Duration::ZERO,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
        };
        let service = wrap(service_fn(panics), "/", &options);
        let response = service.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, r#"{"message": "Internal error"}"#);
    }
}

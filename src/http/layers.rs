//! What every request passes through.

use std::any::Any;

use axum::Router;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{from_fn, map_request};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::error;

use super::access_log::access_log;
use super::body::discard_rest;
use super::error::HttpError;
use super::request_id::request_id;
use crate::config::HttpOptions;

/// Wraps the routes in the layers. A request passes them from top to bottom, its answer from
/// bottom to top.
pub(super) fn wrap(routes: Router, options: &HttpOptions) -> Router {
    let nosniff = HeaderValue::from_static("nosniff");
    let no_store = HeaderValue::from_static("no-store");
    let layers = ServiceBuilder::new()
        // First, so that every line of the log can name the request.
        .layer(from_fn(request_id))
        .layer(from_fn(access_log))
        // Outside of all that answers, so that no answer is without them.
        .layer(SetResponseHeaderLayer::overriding(X_CONTENT_TYPE_OPTIONS, nosniff))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, no_store))
        // Answers a browser's preflight itself, and marks all other answers.
        .option_layer(cors(&options.cors_origins))
        // Outside of all that may answer without having read the body.
        .layer(map_request(discard_rest))
        // Inside of the log, which then shows the 500.
        .layer(CatchPanicLayer::custom(panicked));
    routes.layer(layers)
}

fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.to_vec()),
    };
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static("x-request-id")])
        .expose_headers([WWW_AUTHENTICATE, RETRY_AFTER, HeaderName::from_static("x-request-id")]);
    Some(layer)
}

fn panicked(_payload: Box<dyn Any + Send>) -> Response {
    error!("a request panicked");
    HttpError::Internal.into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_500_that_says_nothing_of_it() {
        async fn panics() {
            panic!("the secret is hunter2")
        }
        let options = HttpOptions {
            body_limit: 0,
            body_timeout: std::time::Duration::ZERO,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
        };
        let router = wrap(Router::new().route("/", get(panics)), &options);
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, r#"{"message": "Internal error"}"#);
    }
}

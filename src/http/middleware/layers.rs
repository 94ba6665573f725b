//! The layers that every request passes through, and their order.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use tower::layer::layer_fn;
use tower::{Service, ServiceBuilder};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::access_log::AccessLog;
use super::catch_panic::CatchPanic;
use super::host::RequireHost;
use super::request_id::SetRequestId;
use crate::config::HttpOptions;
use crate::http::device_cookie::X_DEVICE_TOKEN;
use crate::http::extract::discard_rest;
use crate::metrics::RequestMetrics;

/// Wraps a service in the layers. A request passes them from top to bottom, its response from bottom
/// to top. `unmatched` is the route in the access log and in the metrics if no router has matched one.
pub(in crate::http) fn wrap<S>(
    service: S,
    unmatched: &'static str,
    options: &HttpOptions,
    metrics: &RequestMetrics,
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
    let metrics = metrics.of_route("GET", unmatched);
    ServiceBuilder::new()
        // Outermost, so that every log line has the request id.
        .layer(layer_fn(SetRequestId))
        .layer(layer_fn(move |inner| AccessLog { inner, unmatched, metrics: metrics.clone() }))
        // Outside of every layer that makes responses.
        .map_response(set_default_headers)
        // Responds to preflight requests, and adds headers to all other responses.
        .option_layer(cors(&options.cors_origins))
        // Inside of the access log, which has the 500, and of CORS, so that a page can read it.
        .layer(layer_fn(CatchPanic))
        // Outside of every layer that may respond before the body is read.
        .map_request(discard_rest)
        .layer(layer_fn(RequireHost))
        .service(service)
}

/// Disables content sniffing, and caching where the handler does not allow it.
fn set_default_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// How long a browser may cache the response to a preflight request: the maximum of Chromium.
pub(in crate::http) const PREFLIGHT_AGE: Duration = Duration::from_hours(2);

/// Wraps the service of the admin listener: what is requested every few seconds is neither logged nor
/// counted.
pub(in crate::http) fn wrap_admin<S>(
    service: S,
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
        .map_response(set_default_headers)
        .layer(layer_fn(CatchPanic))
        .map_request(discard_rest)
        .layer(layer_fn(RequireHost))
        .service(service)
}

fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.to_vec()),
    };
    let layer = CorsLayer::new()
        .max_age(PREFLIGHT_AGE)
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("x-request-id"),
            X_DEVICE_TOKEN,
        ])
        .expose_headers([WWW_AUTHENTICATE, RETRY_AFTER, HeaderName::from_static("x-request-id")]);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::http::header::HOST;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::config::ForwardedHeader;

    const OPTIONS: HttpOptions = HttpOptions {
        body_limit: 0,
        body_timeout: Duration::ZERO,
        cors_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        forwarded_header: ForwardedHeader::XForwardedFor,
        assertion_audiences: Vec::new(),
        api_docs: true,
    };

    async fn assert_internal_error<S>(service: S)
    where
        S: Service<Request, Response = Response, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        let request = Request::builder().header(HOST, "x").body(Body::empty()).unwrap();
        let response = wrap(service, "/", &OPTIONS, &RequestMetrics::default())
            .oneshot(request)
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert!(response.headers().contains_key("x-request-id"));
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, r#"{"message": "Internal error"}"#);
    }

    #[tokio::test]
    async fn panic_in_the_future_of_a_service_becomes_a_500() {
        async fn panics(_: Request) -> Result<Response, Infallible> {
            panic!("the secret is hunter2")
        }
        assert_internal_error(service_fn(panics)).await;
    }

    fn panics_in_call(_: Request) -> std::future::Ready<Result<Response, Infallible>> {
        panic!("the secret is hunter2")
    }

    #[tokio::test]
    async fn panic_in_the_call_of_a_service_or_layer_becomes_a_500() {
        assert_internal_error(service_fn(panics_in_call)).await;
    }
}

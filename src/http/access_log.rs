//! One line a request.

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::info;

/// Logs method, route, status and duration of each request, also of one whose client left before
/// the answer.
///
/// The route is the pattern, never the path: a path is the client's text and may hold a secret.
/// The request's id comes from the span that [`request_id`](super::request_id) opens.
pub(super) async fn access_log(request: Request, next: Next) -> Response {
    let mut line = Line {
        method: request.method().clone(),
        route: request.extensions().get::<MatchedPath>().cloned(),
        status: None,
        start: Instant::now(),
    };
    let response = next.run(request).await;
    line.status = Some(response.status());
    response
}

struct Line {
    method: Method,
    route: Option<MatchedPath>,
    status: Option<StatusCode>,
    start: Instant,
}

impl Drop for Line {
    fn drop(&mut self) {
        let route = self.route.as_ref().map_or("none", MatchedPath::as_str);
        let duration_us = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Methods of a client's own making are text of theirs, too.
        let method = match self.method.as_str() {
            known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
            _ => "other",
        };
        if let Some(status) = self.status {
            info!(method, route, status = status.as_u16(), duration_us, "answered");
        } else {
            info!(method, route, duration_us, "abandoned before the answer");
        }
    }
}

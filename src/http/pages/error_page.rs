//! Every error response as a page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use minijinja::context;

use super::page::{Layout, Page};
use super::site::Site;

/// Renders the error responses of handlers and layers, which are no pages, as pages in the language of
/// the request.
pub(super) async fn error_pages(
    State(site): State<Arc<Site>>,
    request: Request,
    next: Next,
) -> Response {
    let page = Page::new(site, request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || is_html(response.headers()) {
        return response;
    }
    let mut rendered = render(&page, status);
    for name in [RETRY_AFTER, ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    rendered
}

fn render(page: &Page, status: StatusCode) -> Response {
    let name = match status.as_u16() {
        403 => "status_403",
        404 => "status_404",
        405 => "status_405",
        429 => "status_429",
        503 => "status_503",
        _ if status.is_server_error() => "status_500",
        _ => "status_400",
    };
    let title = page.text(name);
    let text = page.text(&format!("{name}_text"));
    let layout = Layout { title: &title, ..Layout::default() };
    let variables = context! { status => status.as_u16(), text => text };
    page.render(status, "error.html", &layout, variables)
}

fn is_html(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    content_type.is_some_and(|it| it.starts_with(b"text/html"))
}

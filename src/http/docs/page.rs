//! `GET /docs`, `GET /docs/{asset}`: the page that shows the OpenAPI document, and sends requests.
//!
//! Its scripts are of this origin, and no text of the document or of a response becomes HTML. Access tokens
//! are in the memory of the page alone.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::config::HttpOptions;
use crate::http::error::HttpError;
use crate::http::pages::Site;

/// Nothing inline and nothing from elsewhere; requests to this origin alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("assets/", $name)))),+]
    };
}

/// The scripts, by the names of their files.
const SCRIPTS: [(&str, &str); 6] = scripts![
    "main.js",
    "credentials.js",
    "elements.js",
    "operation.js",
    "request.js",
    "schema.js",
];

/// The page.
pub(in crate::http) async fn page(
    State(options): State<Arc<HttpOptions>>,
) -> Result<Response, HttpError> {
    if !options.api_docs {
        return Err(HttpError::NotFound);
    }
    Ok(respond(HTML, include_str!("assets/page.html")))
}

/// The style, the logo and the scripts.
pub(in crate::http) async fn asset(
    State(options): State<Arc<HttpOptions>>,
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
) -> Result<Response, HttpError> {
    if !options.api_docs {
        return Err(HttpError::NotFound);
    }
    if name == "style.css" {
        // That of the pages first: the accent is an option of the operator.
        let style = format!("{}\n{}", site.style(), include_str!("assets/style.css"));
        return Ok(respond("text/css; charset=utf-8", style));
    }
    if name == "logo" {
        let (media_type, bytes) = site.logo();
        return Ok(respond(media_type, bytes));
    }
    let script = SCRIPTS.iter().find(|(known, _)| *known == name);
    let (_, text) = script.ok_or(HttpError::NotFound)?;
    Ok(respond(SCRIPT, *text))
}

fn respond(content_type: &'static str, body: impl Into<Body>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    (headers, body.into()).into_response()
}

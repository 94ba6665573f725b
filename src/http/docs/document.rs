//! `GET /openapi.json`

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::config::HttpOptions;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;

/// The OpenAPI 3.1 document of all routes, in JSON.
pub const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// The OpenAPI document.
#[cfg_attr(test, utoipa::path(
    get, path = "/openapi.json", tag = "Documentation", operation_id = "openapi",
    responses((status = 200, description = "This document", body = Object), NotFound)
))]
pub(in crate::http) async fn document(
    State(options): State<Arc<HttpOptions>>,
) -> Result<impl IntoResponse, HttpError> {
    if !options.api_docs {
        return Err(HttpError::NotFound);
    }
    let json = HeaderValue::from_static("application/json");
    Ok(([(CONTENT_TYPE, json)], OPENAPI))
}

//! `GET /.well-known/jwks.json`

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::http::json::Json;
use crate::keys::SharedKeySet;

/// The public key set, for verifying access tokens (RFC 7517 section 5). It never contains a symmetric
/// key, and is empty if there is no other one.
///
/// Clients may cache it for 5 minutes: a new key has to be published for as long before it signs.
pub(in crate::http) async fn jwks(State(keys): State<SharedKeySet>) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(keys.current().public())).into_response()
}

//! `GET /.well-known/jwks.json`

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::json::Json;
use crate::keys::SharedKeySet;

/// The public keys, with which anybody can verify tokens (RFC 7517 section 5). A secret is never
/// among them; where there is nothing else the set is empty.
///
/// The five minutes for which it may be kept are how long a new key has to be published before it
/// signs.
pub(super) async fn jwks(State(keys): State<SharedKeySet>) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(keys.current().public())).into_response()
}

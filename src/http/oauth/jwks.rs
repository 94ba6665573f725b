//! `GET /.well-known/jwks.json`

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::http::json::Json;
use crate::keys::SharedKeySet;

/// A JWK Set (RFC 7517 section 5).
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct JwkSet {
    /// Public keys: `kty`, `alg`, `use`, `kid`, and the members of the key type.
    keys: Vec<Jwk>,
}

/// A public key (RFC 7517 section 4).
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct Jwk {
    kty: String,
    alg: String,
    #[schema(rename = "use")]
    r#use: String,
    kid: String,
}

/// The public key set, for verifying access tokens (RFC 7517 section 5).
///
/// It never contains a symmetric key, and is empty if there is no other one.
///
/// Clients may cache it for 5 minutes: a new key has to be published for as long before it signs.
#[cfg_attr(test, utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "OAuth 2.0",
    responses((status = 200, description = "JWK Set", body = JwkSet, content_type = "application/jwk-set+json",
        headers(("Cache-Control" = String, description = "`public, max-age=300`"))))
))]
pub(in crate::http) async fn jwks(State(keys): State<SharedKeySet>) -> Response {
    let headers =
        [(CONTENT_TYPE, "application/jwk-set+json"), (CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(keys.current().public())).into_response()
}

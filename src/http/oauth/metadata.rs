//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::uri::Scheme;
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::http::json::Json;

/// The path of the document.
pub(in crate::http) const METADATA: &str = "/.well-known/oauth-authorization-server";
/// The path of the document for an issuer with a path, which follows the well-known part (section 3.1).
pub(in crate::http) const METADATA_OF_PATH: &str =
    "/.well-known/oauth-authorization-server/{*path}";

const NOTHING: &[&str] = &[];

/// The members that this service has (section 2).
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = ServerMetadata))]
pub(super) struct Metadata<'a> {
    #[cfg_attr(test, schema(format = "uri", example = "https://auth.example.com"))]
    issuer: &'a str,
    #[cfg_attr(test, schema(format = "uri", example = "https://auth.example.com/token"))]
    token_endpoint: String,
    #[cfg_attr(
        test,
        schema(format = "uri", example = "https://auth.example.com/.well-known/jwks.json")
    )]
    jwks_uri: String,
    #[cfg_attr(test, schema(format = "uri", example = "https://auth.example.com/revoke"))]
    revocation_endpoint: String,
    /// Present with a file of OAuth clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schema(format = "uri", nullable = false, example = "https://auth.example.com/introspect")
    )]
    introspection_endpoint: Option<String>,
    #[cfg_attr(test, schema(format = "uri", example = "https://auth.example.com/userinfo"))]
    userinfo_endpoint: String,
    grant_types_supported: &'static [&'static str],
    /// Required (section 2), although section 3.2 omits empty lists.
    response_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    introspection_endpoint_auth_methods_supported: Option<&'static [&'static str]>,
}

impl<'a> Metadata<'a> {
    /// The metadata, and the path of the issuer; `None` without an issuer that is a URL.
    pub(super) fn of(app: &'a App) -> Option<(Self, String)> {
        let issuer = app.issuer.as_deref()?;
        let path = path_of(issuer)?;
        let base = issuer.trim_end_matches('/');
        let has_clients = !app.clients.load().is_empty();
        let methods: &[&str] =
            if has_clients { &["none", "client_secret_basic"] } else { &["none"] };
        let metadata = Self {
            issuer,
            token_endpoint: format!("{base}/token"),
            jwks_uri: format!("{base}/.well-known/jwks.json"),
            revocation_endpoint: format!("{base}/revoke"),
            introspection_endpoint: has_clients.then(|| format!("{base}/introspect")),
            userinfo_endpoint: format!("{base}/userinfo"),
            grant_types_supported: &["refresh_token"],
            response_types_supported: NOTHING,
            token_endpoint_auth_methods_supported: methods,
            revocation_endpoint_auth_methods_supported: methods,
            introspection_endpoint_auth_methods_supported: has_clients
                .then_some(&["client_secret_basic"]),
        };
        Some((metadata, path))
    }
}

/// How long clients may cache the document.
pub(super) const FOR_AN_HOUR: [(HeaderName, HeaderValue); 1] =
    [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"))];

/// Authorization server metadata: the URLs of the endpoints.
///
/// Without an issuer that is a URL there is none (404). An issuer with a path, such as
/// `https://example.com/auth`, is found at `/.well-known/oauth-authorization-server/auth`, and without the
/// path, too, for a reverse proxy that passes `/auth/…` on to this service.
#[cfg_attr(test, utoipa::path(
    get, path = METADATA, tag = "OAuth 2.0", operation_id = "server_metadata",
    responses((status = 200, description = "The metadata", body = Metadata<'static>), NotFound)
))]
pub(in crate::http) async fn metadata(
    State(app): State<Arc<App>>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let (metadata, path) = Metadata::of(&app).ok_or(HttpError::NotFound)?;
    let issuer_path = uri.path().strip_prefix(METADATA).unwrap_or_default();
    if !issuer_path.is_empty() && issuer_path != path {
        return Err(HttpError::NotFound);
    }
    Ok((FOR_AN_HOUR, Json(metadata)).into_response())
}

/// The path of an issuer, without a trailing slash; `None` unless the issuer is an http or https URL
/// without user information, query and fragment.
fn path_of(issuer: &str) -> Option<String> {
    // The parser drops a fragment.
    if issuer.contains(['?', '#']) {
        return None;
    }
    let uri: Uri = issuer.parse().ok()?;
    let is_web = uri.scheme() == Some(&Scheme::HTTPS) || uri.scheme() == Some(&Scheme::HTTP);
    let has_user = uri.authority()?.as_str().contains('@');
    (is_web && !has_user).then(|| uri.path().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_that_is_a_url_has_a_path() {
        for (issuer, path) in [
            ("https://auth.example.com", ""),
            ("https://auth.example.com/", ""),
            ("http://127.0.0.1:8080", ""),
            ("https://[::1]:8080/auth", "/auth"),
            ("https://example.com/auth/eu/", "/auth/eu"),
        ] {
            assert_eq!(path_of(issuer).as_deref(), Some(path), "{issuer}");
        }
        for issuer in [
            "",
            "countersign",
            "auth.example.com",
            "/auth",
            "ftp://example.com",
            "https://",
            "https:///auth",
            "https://user@example.com",
            "https://example.com?tenant=1",
            "https://example.com#x",
            "https://example.com/a b",
        ] {
            assert_eq!(path_of(issuer), None, "{issuer}");
        }
    }
}

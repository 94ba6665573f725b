//! `GET /.well-known/oauth-authorization-server` (RFC 8414)

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::app::App;
use crate::http::error::HttpError;
use crate::http::json::Json;

/// The path of the document.
pub(in crate::http) const METADATA: &str = "/.well-known/oauth-authorization-server";
/// Of an issuer with a path, which stands behind the well-known part (section 3.1).
pub(in crate::http) const METADATA_OF_PATH: &str =
    "/.well-known/oauth-authorization-server/{*path}";

const NOTHING: &[&str] = &[];

/// What there is, and nothing else (section 2).
#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    token_endpoint: String,
    jwks_uri: String,
    revocation_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint: Option<String>,
    userinfo_endpoint: String,
    grant_types_supported: &'static [&'static str],
    /// Required, although section 3.2 would leave an empty list out.
    response_types_supported: &'static [&'static str],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint_auth_methods_supported: Option<&'static [&'static str]>,
}

/// Where the endpoints are, for clients that know the issuer alone.
///
/// An issuer with a path, such as `https://example.com/auth`, is known by
/// `/.well-known/oauth-authorization-server/auth`, and by [`METADATA`] too, for the gateway that leads
/// `/auth/…` here.
pub(in crate::http) async fn metadata(
    State(app): State<Arc<App>>,
    uri: Uri,
) -> Result<Response, HttpError> {
    let issuer = app.issuer.as_deref().ok_or(HttpError::NoIssuerUrl)?;
    let path = path_of(issuer).ok_or(HttpError::NoIssuerUrl)?;
    let asked = uri.path().strip_prefix(METADATA).unwrap_or_default();
    if !asked.is_empty() && asked != path {
        return Err(HttpError::NotFound);
    }
    let base = issuer.trim_end_matches('/');
    let has_clients = !app.clients.is_empty();
    let methods: &[&str] = if has_clients { &["none", "client_secret_basic"] } else { &["none"] };
    let metadata = Metadata {
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
    let for_an_hour = [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"))];
    Ok((for_an_hour, Json(metadata)).into_response())
}

/// The path of an issuer that is an http or https URL without user, query and fragment, without a
/// slash at its end; `None` where it is anything else.
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
    fn an_issuer_that_is_a_url_has_a_path() {
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

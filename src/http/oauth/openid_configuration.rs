//! `GET /.well-known/openid-configuration` (`OpenID` Connect Discovery 1.0 section 4)

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::metadata::{FOR_AN_HOUR, Metadata};
use crate::app::App;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::http::json::Json;

/// The members of section 3 that are true of this service.
///
/// `authorization_endpoint` and `id_token_signing_alg_values_supported` are required there, and missing here:
/// this service is no `OpenID` provider, as it has no authorization endpoint and issues no ID tokens.
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = OpenIdConfiguration))]
struct Configuration<'a> {
    #[serde(flatten)]
    metadata: Metadata<'a>,
    /// `sub` is the same for all clients (OIDC Core 1.0 section 8).
    subject_types_supported: &'static [&'static str],
    /// The claims of `/userinfo`.
    claims_supported: &'static [&'static str],
}

/// Authorization server metadata, for programs that look for an issuer and its keys here.
///
/// It is that of `/.well-known/oauth-authorization-server` (RFC 8414 section 5), and names the claims of
/// `/userinfo`. This service is no OpenID provider: it has no authorization endpoint, and issues no ID tokens.
#[cfg_attr(test, utoipa::path(
    get, path = "/.well-known/openid-configuration", tag = "OAuth 2.0",
    responses((status = 200, description = "The metadata", body = Configuration<'static>), NotFound)
))]
pub(in crate::http) async fn openid_configuration(
    State(app): State<Arc<App>>,
) -> Result<Response, HttpError> {
    let (metadata, _) = Metadata::of(&app).ok_or(HttpError::NotFound)?;
    let configuration = Configuration {
        metadata,
        subject_types_supported: &["public"],
        claims_supported: &["sub", "email", "email_verified", "is_admin"],
    };
    Ok((FOR_AN_HOUR, Json(configuration)).into_response())
}

//! `POST /token` (RFC 6749)

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::{NO_STORE, OAuthError};
use super::oauth_client::AnyClient;
use super::parameters::Parameters;
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::one_of_texts;
use crate::http::json::Json;
use crate::sessions::{Sessions, Tokens};

/// Successful response (RFC 6749 section 5.1).
#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct Granted {
    /// Access token, a JWT.
    access_token: String,
    /// `Bearer`.
    #[cfg_attr(test, schema(example = "Bearer"))]
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[cfg_attr(test, schema(minimum = 1, example = 900))]
    expires_in: i64,
    /// The next refresh token.
    refresh_token: String,
}

/// The parameters of a refresh (RFC 6749 section 6).
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct RefreshRequest {
    /// `refresh_token`; there is no other grant type.
    #[schema(schema_with = grant_types)]
    grant_type: String,
    /// Refresh token.
    #[schema(min_length = 1)]
    refresh_token: String,
    /// Ignored, as tokens have no scope.
    #[schema(nullable = false)]
    scope: Option<String>,
    /// Ignored.
    #[schema(nullable = false)]
    client_id: Option<String>,
}

#[cfg(test)]
fn grant_types() -> utoipa::openapi::schema::Object {
    one_of_texts(&["refresh_token"])
}

/// Rotates a refresh token (RFC 6749 section 6).
///
/// There is no other grant type: passwords go to `POST /login`.
#[cfg_attr(test, utoipa::path(
    post, path = "/token", tag = "OAuth 2.0", operation_id = "refresh",
    security((), ("oauth_client" = [])),
    request_body(content = RefreshRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The next access token and refresh token", body = Granted,
        headers(("Cache-Control" = String, description = "`no-store`"))))
))]
pub(in crate::http) async fn token(
    State(sessions): State<Arc<Sessions>>,
    client: AnyClient,
    context: RequestContext,
    mut parameters: Parameters,
) -> Result<Response, OAuthError> {
    client.check(&mut parameters)?;
    match parameters.required("grant_type")?.as_str() {
        "refresh_token" => {}
        _ => return Err(OAuthError::UnsupportedGrantType),
    }
    let token = parameters.required("refresh_token")?;
    // Tokens have no scope. A server may ignore the requested ones (section 3.3); a
    // `scope` in the response would need a value.
    parameters.optional("scope")?;
    let Tokens { access, refresh, expires_in, .. } = sessions.refresh(&token, &context).await?;
    let granted =
        Granted { access_token: access, token_type: "Bearer", expires_in, refresh_token: refresh };
    Ok((NO_STORE, Json(granted)).into_response())
}

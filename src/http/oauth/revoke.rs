//! `POST /revoke` (RFC 7009)

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::error::OAuthError;
use super::oauth_client::AnyClient;
use super::parameters::Parameters;
use crate::domain::RequestContext;
use crate::sessions::Sessions;

/// The parameters of a revocation (RFC 7009 section 2.1).
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct RevocationRequest {
    /// Access token or refresh token.
    #[schema(min_length = 1)]
    token: String,
    /// Ignored: the two kinds of tokens have different forms.
    #[schema(nullable = false)]
    token_type_hint: Option<String>,
}

/// Revokes a token: its session ends.
///
/// Client authentication is optional, as possession of the token suffices.
#[cfg_attr(test, utoipa::path(
    post, path = "/revoke", tag = "OAuth 2.0",
    security((), ("oauth_client" = [])),
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The session of the token has ended, or the token was inactive"))
))]
pub(in crate::http) async fn revoke(
    State(sessions): State<Arc<Sessions>>,
    client: AnyClient,
    context: RequestContext,
    mut parameters: Parameters,
) -> Result<StatusCode, OAuthError> {
    client.check(&mut parameters)?;
    let token = parameters.required("token")?;
    // The hint is not needed: access and refresh tokens have different forms.
    parameters.optional("token_type_hint")?;
    sessions.revoke(&token, &context).await?;
    Ok(StatusCode::OK)
}

//! `POST /revoke` (RFC 7009)

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::error::OAuthError;
use super::oauth_client::AnyClient;
use super::parameters::Parameters;
use crate::domain::RequestContext;
use crate::sessions::Sessions;

/// Revokes a token: its session ends. Client authentication is optional, as possession of the token
/// suffices.
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

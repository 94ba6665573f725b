//! `POST /revoke` (RFC 7009)

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::error::OAuthError;
use super::oauth_client::AnyClient;
use super::parameters::Parameters;
use crate::sessions::Sessions;

/// The session of a token ends. Who holds the token may end it, so no client has to prove who it is.
pub(in crate::http) async fn revoke(
    State(sessions): State<Arc<Sessions>>,
    client: AnyClient,
    mut parameters: Parameters,
) -> Result<StatusCode, OAuthError> {
    client.check(&mut parameters)?;
    let token = parameters.required("token")?;
    // A token says itself which kind it is.
    parameters.optional("token_type_hint")?;
    sessions.revoke(&token).await?;
    Ok(StatusCode::OK)
}

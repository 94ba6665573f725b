//! `POST /token` (RFC 6749)

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::{NO_STORE, OAuthError};
use super::oauth_client::AnyClient;
use super::parameters::Parameters;
use crate::domain::RequestContext;
use crate::http::json::Json;
use crate::sessions::{Sessions, Tokens};

/// Successful response (RFC 6749 section 5.1).
#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
}

/// Rotates a refresh token (section 6). There is no other grant type: passwords go to `POST /login`.
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

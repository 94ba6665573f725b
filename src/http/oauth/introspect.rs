//! `POST /introspect` (RFC 7662)

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use countersign_auth::{Audience, Claims};
use serde::Serialize;

use super::error::{NO_STORE, OAuthError};
use super::oauth_client::ConfidentialClient;
use super::parameters::Parameters;
use crate::http::json::Json;
use crate::sessions::{Introspection, Sessions, TokenKind};

/// Introspection response (RFC 7662 section 2.2). That of an inactive token has `active` alone.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct IntrospectionResponse {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    token_type: Option<&'static str>,
    /// An extension, on refresh tokens alone, so that none is mistaken for an access token.
    /// `token_type` has no value for them (RFC 6749 section 7.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    token_use: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    sub: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    username: Option<String>,
    /// The e-mail address, as OIDC names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    email_verified: Option<bool>,
    /// An extension: whether the user is an administrator now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    is_admin: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    nbf: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(schema_with = audience))]
    aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schema(nullable = false))]
    user_id: Option<i64>,
}

impl From<Introspection> for IntrospectionResponse {
    fn from(Introspection { user, kind }: Introspection) -> Self {
        let of_user = Self {
            active: true,
            sub: Some(user.id.to_string()),
            username: Some(user.email.to_string()),
            email: Some(user.email.to_string()),
            email_verified: Some(user.email_verified),
            is_admin: Some(user.is_admin),
            ..Self::default()
        };
        match kind {
            TokenKind::Access(Claims { exp, nbf, iat, jti, sid, iss, aud, .. }) => Self {
                token_type: Some("Bearer"),
                exp: Some(exp),
                iat,
                nbf,
                iss,
                aud,
                jti,
                sid,
                user_id: Some(user.id.0),
                ..of_user
            },
            TokenKind::Refresh { session, issued_at, expires_at } => Self {
                token_use: Some("refresh_token"),
                exp: Some(expires_at.seconds()),
                iat: Some(issued_at.seconds()),
                sid: Some(session.to_string()),
                ..of_user
            },
        }
    }
}

/// A text, or a list of texts (RFC 7519 section 4.1.3).
#[cfg(test)]
fn audience() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    use utoipa::PartialSchema;
    let one_of = utoipa::openapi::schema::OneOfBuilder::new();
    one_of.item(String::schema()).item(Vec::<String>::schema()).into()
}

/// The parameters of an introspection (RFC 7662 section 2.1).
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct IntrospectionRequest {
    /// Access token or refresh token.
    #[schema(min_length = 1)]
    token: String,
    /// Ignored: the two kinds of tokens have different forms.
    #[schema(nullable = false)]
    token_type_hint: Option<String>,
}

/// Introspects a token, for authenticated OAuth clients.
#[cfg_attr(test, utoipa::path(
    post, path = "/introspect", tag = "OAuth 2.0",
    security(("oauth_client" = [])),
    request_body(content = IntrospectionRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Whether the token is active, and its claims", body = IntrospectionResponse))
))]
pub(in crate::http) async fn introspect(
    State(sessions): State<Arc<Sessions>>,
    ConfidentialClient(client): ConfidentialClient,
    mut parameters: Parameters,
) -> Result<Response, OAuthError> {
    client.check(&mut parameters)?;
    let token = parameters.required("token")?;
    // The hint is not needed: access and refresh tokens have different forms.
    parameters.optional("token_type_hint")?;
    let response =
        sessions.introspect(&token).await?.map(IntrospectionResponse::from).unwrap_or_default();
    Ok((NO_STORE, Json(response)).into_response())
}

//! What the routes of the OAuth 2.0 standards share: parameters and errors.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};
use axum::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use crate::config::HttpOptions;
use crate::sessions::{RefreshError, SessionsError};
use crate::store::StoreError;

/// What answers with tokens carry (RFC 6749 section 5.1).
pub(super) const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (PRAGMA, HeaderValue::from_static("no-cache")),
];

/// The parameters of a request: a form (RFC 6749 section 3.2). A parameter without a value counts as
/// absent, one that is not known is passed over, and none may come twice (section 3.1).
pub(super) struct Parameters(Fields);

/// What a request can be refused with (RFC 6749 section 5.2, RFC 7009 section 2.2.1).
#[derive(Debug)]
pub(super) enum OAuthError {
    InvalidRequest(String),
    /// The client is not who it says, or proves it in a way that is not known here.
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
    UnsupportedTokenType,
    /// Bodies that are too large, too slow, or encoded: HTTP's own statuses.
    Body(HttpError),
    Unavailable,
    Internal,
}

#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: String,
}

impl Parameters {
    pub(super) fn required(&mut self, name: &'static str) -> Result<String, OAuthError> {
        self.optional(name)?.ok_or_else(|| OAuthError::InvalidRequest(format!("{name} is missing")))
    }

    pub(super) fn optional(&mut self, name: &'static str) -> Result<Option<String>, OAuthError> {
        let value = self.0.optional_text(name).map_err(OAuthError::from_body)?;
        Ok(value.filter(|value| !value.is_empty()))
    }
}

impl<S> FromRequest<S> for Parameters
where
    Arc<HttpOptions>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        Fields::of_form(request, state).await.map(Self).map_err(OAuthError::from_body)
    }
}

impl OAuthError {
    fn from_body(error: HttpError) -> Self {
        match error {
            HttpError::BadRequest(message) => Self::InvalidRequest(message.into()),
            HttpError::UnsupportedMediaType => Self::InvalidRequest(
                "Content-Type must be application/x-www-form-urlencoded".to_owned(),
            ),
            error => Self::Body(error),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let bad = StatusCode::BAD_REQUEST;
        let (status, error, description) = match self {
            Self::InvalidRequest(description) => (bad, "invalid_request", description),
            Self::InvalidClient => {
                let description = "The client must prove who it is by HTTP Basic";
                (StatusCode::UNAUTHORIZED, "invalid_client", description.into())
            }
            Self::InvalidGrant => {
                let description = "The refresh token is not good, or its session is over";
                (bad, "invalid_grant", description.into())
            }
            Self::UnsupportedGrantType => {
                (bad, "unsupported_grant_type", "grant_type must be refresh_token".into())
            }
            Self::UnsupportedTokenType => {
                let description = "This access token belongs to no session, and ends by itself";
                (bad, "unsupported_token_type", description.into())
            }
            Self::Body(error) => return error.into_response(),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "Try again in a moment".into(),
            ),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Internal error".into())
            }
        };
        let body = Json(Refused { error, error_description: description });
        let mut response = (status, NO_STORE, body).into_response();
        let headers = response.headers_mut();
        match status {
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static("Basic realm=\"countersign\"");
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

impl From<SessionsError> for OAuthError {
    fn from(error: SessionsError) -> Self {
        match error {
            SessionsError::TokenInactive => Self::InvalidGrant,
            SessionsError::NoSession => Self::UnsupportedTokenType,
            SessionsError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        error!(%error, "a request failed");
        Self::Unavailable
    }
}

impl From<RefreshError> for OAuthError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Rejected => Self::InvalidGrant,
            RefreshError::Store(error) => error.into(),
            RefreshError::Signing(error) => {
                error!(%error, "a request failed");
                Self::Internal
            }
        }
    }
}

//! Error responses of the OAuth 2.0 endpoints (RFC 6749 section 5.2).

use std::time::Duration;

use axum::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;

use crate::http::error::{HttpError, retry_after};
use crate::http::json::Json;
use crate::sessions::{RefreshError, SessionsError};
use crate::store::StoreError;

/// Headers of responses with tokens (RFC 6749 section 5.1).
pub(super) const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (PRAGMA, HeaderValue::from_static("no-cache")),
];

/// Errors of the OAuth 2.0 endpoints (RFC 6749 section 5.2, RFC 7009 section 2.2.1).
#[derive(Debug)]
pub(in crate::http) enum OAuthError {
    InvalidRequest(String),
    /// Client authentication failed or is missing, or its method is not supported.
    InvalidClient,
    InvalidGrant,
    UnsupportedGrantType,
    UnsupportedTokenType,
    /// A body that is too large, too slow or encoded, with the status of HTTP.
    Body(HttpError),
    /// Too many requests; the time until the next one is admitted.
    TooManyRequests(Duration),
    Unavailable,
    Internal,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
#[cfg_attr(test, schema(as = OAuthError))]
pub(in crate::http) struct ErrorResponse {
    /// Error code of the standard.
    #[cfg_attr(test, schema(example = "invalid_grant"))]
    error: &'static str,
    #[cfg_attr(test, schema(example = "The refresh token is invalid, expired or revoked"))]
    error_description: String,
}

impl OAuthError {
    pub(super) fn from_body(error: HttpError) -> Self {
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
                let description = "The client must authenticate by HTTP Basic";
                (StatusCode::UNAUTHORIZED, "invalid_client", description.into())
            }
            Self::InvalidGrant => {
                let description = "The refresh token is invalid, expired or revoked";
                (bad, "invalid_grant", description.into())
            }
            Self::UnsupportedGrantType => {
                (bad, "unsupported_grant_type", "grant_type must be refresh_token".into())
            }
            Self::UnsupportedTokenType => {
                let description = "This access token belongs to no session and cannot be revoked";
                (bad, "unsupported_token_type", description.into())
            }
            Self::Body(error) => return error.into_response(),
            Self::TooManyRequests(wait) => {
                let headers = [(RETRY_AFTER, retry_after(wait))];
                let description = "Too many requests, try again later".into();
                let body = ErrorResponse {
                    error: "temporarily_unavailable",
                    error_description: description,
                };
                let status = StatusCode::TOO_MANY_REQUESTS;
                return (status, NO_STORE, headers, Json(body)).into_response();
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "Try again later".into(),
            ),
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "Internal error".into())
            }
        };
        let body = Json(ErrorResponse { error, error_description: description });
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

/// For endpoints that no standard of OAuth rules.
impl From<OAuthError> for HttpError {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::InvalidRequest(description) => Self::BadRequest(description.into()),
            OAuthError::TooManyRequests(wait) => Self::TooManyRequests(wait),
            OAuthError::Body(error) => error,
            OAuthError::Unavailable => Self::Unavailable,
            OAuthError::Internal => Self::Internal,
            OAuthError::InvalidClient
            | OAuthError::InvalidGrant
            | OAuthError::UnsupportedGrantType
            | OAuthError::UnsupportedTokenType => Self::InvalidClient,
        }
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
        error!(%error, "request failed");
        Self::Unavailable
    }
}

impl From<RefreshError> for OAuthError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Rejected | RefreshError::Reused => Self::InvalidGrant,
            RefreshError::Throttled(wait) => Self::TooManyRequests(wait),
            RefreshError::Store(error) => error.into(),
            RefreshError::Signing(error) => {
                error!(%error, "request failed");
                Self::Internal
            }
        }
    }
}

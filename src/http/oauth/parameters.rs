//! Form parameters of the OAuth 2.0 endpoints.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Request};

use super::error::OAuthError;
use crate::config::HttpOptions;
use crate::http::extract::Fields;

/// The form parameters of a request (RFC 6749 section 3.2). A parameter without a value is treated as
/// absent, an unknown one is ignored, and a repeated one is rejected (section 3.1).
pub(in crate::http) struct Parameters(Fields);

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

//! `POST /change-password`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::login::LoggedIn;
use crate::credentials::ChangePassword;
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::TooManyRequests;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::{Caller, TokenSession};

/// The fields of a change of the password.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct ChangePasswordRequest {
    /// Current password.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "password")]
    current_password: String,
    /// New password, of at most 1024 bytes; `--min-password-length` and other rules apply.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "correct horse battery")]
    new_password: String,
}

/// Changes the password of the caller.
///
/// All sessions end, and the response has the tokens of a new one.
#[cfg_attr(test, utoipa::path(
    post, path = "/change-password", tag = "Account",
    security(("bearer" = []), ("bare_token" = [])),
    request_body = ChangePasswordRequest,
    responses(
        (status = 200, description = "The tokens of a new session; all earlier ones have ended", body = LoggedIn),
        (status = 400, description = "Wrong password, a new one that is not accepted, or an invalid token", body = Error),
        TooManyRequests,
    )
))]
pub(in crate::http) async fn change_password(
    State(change_password): State<Arc<ChangePassword>>,
    Extension(caller): Extension<Caller>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let current = fields.password("current_password")?;
    let new = fields.password("new_password")?;
    let tokens = change_password.change(&caller, current, new, TokenSession, &context).await?;
    Ok(Json(tokens.into()))
}

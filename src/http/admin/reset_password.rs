//! `POST /admin/users/{id}/reset-password`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::path::UserPath;
use crate::accounts::Accounts;
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::{MailOff, NotFound};
use crate::http::error::HttpError;
use crate::verification::ResetPassword;

/// Sends a user the link that sets a new password.
#[cfg_attr(test, utoipa::path(
    post, path = "/admin/users/{id}/reset-password", tag = "Administration", operation_id = "send_reset_link",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    responses((status = 202, description = "The mail is on its way"), NotFound, MailOff)
))]
pub(in crate::http) async fn reset_password(
    State(accounts): State<Arc<Accounts>>,
    State(reset): State<Arc<ResetPassword>>,
    UserPath(id): UserPath,
    context: RequestContext,
) -> Result<StatusCode, HttpError> {
    let account = accounts.by_id(id).await?.ok_or(HttpError::NotFound)?;
    reset.send(&account, &context).await?;
    Ok(StatusCode::ACCEPTED)
}

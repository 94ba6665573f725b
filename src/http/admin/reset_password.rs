//! `POST /admin/users/{id}/reset-password`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::path::UserPath;
use crate::accounts::Accounts;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::verification::ResetPassword;

/// Sends a user the link that sets a new password.
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

//! `POST /admin/users/{id}/password`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::authorize::By;
use super::path::UserPath;
use crate::accounts::Accounts;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
use crate::http::extract::{Members, missing};

/// The new password of a user.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct PasswordRequest {
    /// Password, of at most 1024 bytes; `--min-password-length` and other rules apply.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "another battery staple")]
    password: String,
}

/// Sets the password of a user, whose sessions end.
#[cfg_attr(test, utoipa::path(
    post, path = "/admin/users/{id}/password", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    request_body = PasswordRequest,
    responses((status = 204, description = "The password is set, and the sessions have ended"), NotFound)
))]
pub(in crate::http) async fn set_password(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
    By(by): By,
    mut members: Members,
) -> Result<StatusCode, HttpError> {
    let password = members.password("password")?.ok_or_else(|| missing("password"))?;
    members.finish()?;
    let set = accounts.set_password(id, password, &by).await;
    let account = set.map_err(HttpError::of_administration)?;
    account.map(|_| StatusCode::NO_CONTENT).ok_or(HttpError::NotFound)
}

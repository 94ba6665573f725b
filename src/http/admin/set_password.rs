//! `POST /admin/users/{id}/password`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::authorize::By;
use super::path::UserPath;
use crate::accounts::Accounts;
use crate::http::error::HttpError;
use crate::http::extract::{Members, missing};

/// Sets the password of a user, whose sessions end.
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

//! `POST /change-password`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::client;
use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use super::login::LoggedIn;
use crate::credentials::ChangePassword;
use crate::sessions::Caller;

/// Changes the password of the caller. All sessions end, and the response opens a new one.
pub(super) async fn change_password(
    State(change_password): State<Arc<ChangePassword>>,
    Extension(caller): Extension<Caller>,
    client::From(context): client::From,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let current = fields.password("current_password")?;
    let new = fields.password("new_password")?;
    Ok(Json(change_password.change(&caller, current, new, &context).await?.into()))
}

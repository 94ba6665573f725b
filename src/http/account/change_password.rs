//! `POST /change-password`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::login::LoggedIn;
use crate::credentials::ChangePassword;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::{Caller, TokenSession};

/// Changes the password of the caller. All sessions end, and the response has the tokens of a new one.
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

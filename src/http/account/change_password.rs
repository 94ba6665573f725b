//! `POST /change-password`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::login::LoggedIn;
use crate::accounts::Accounts;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::http::json::Json;
use crate::sessions::{Caller, Sessions};

/// Changes the password of the caller. Their sessions end, and the response has the tokens of a new one.
pub(in crate::http) async fn change_password(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let current = fields.password("current_password")?;
    let new = fields.password("new_password")?;
    let session = sessions.prepare(context.client.into());
    let (user, authorization) = (caller.user.id, caller.authorization());
    accounts.change_password(user, authorization, current, new, session.clone()).await?;
    Ok(Json(sessions.first_tokens(user, &session)?.into()))
}

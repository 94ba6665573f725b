//! `POST /change-password`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;

use super::client;
use super::error::HttpError;
use super::fields::Fields;
use super::json::Json;
use super::login::LoggedIn;
use crate::accounts::Accounts;
use crate::sessions::{Caller, Sessions};

/// The caller gets another password. Their sessions end, and the one in the answer takes their
/// place.
pub(super) async fn change_password(
    State(accounts): State<Arc<Accounts>>,
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
    client::From(client): client::From,
    mut fields: Fields,
) -> Result<Json<LoggedIn>, HttpError> {
    let current = fields.password("current_password")?;
    let new = fields.password("new_password")?;
    let session = sessions.prepare(client);
    let (user, authorization) = (caller.user.id, caller.authorization());
    accounts.change_password(user, authorization, current, new, session.clone()).await?;
    Ok(Json(sessions.first_tokens(user, &session)?.into()))
}

//! `DELETE /account`, and `POST /account/delete` for those whose proxy drops the body of a `DELETE`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::client;
use super::error::HttpError;
use super::fields::Fields;
use crate::accounts::Accounts;
use crate::sessions::Caller;

/// Deletes the account of the caller, with its sessions.
pub(super) async fn delete_account(
    State(accounts): State<Arc<Accounts>>,
    Extension(caller): Extension<Caller>,
    client::From(context): client::From,
    mut fields: Fields,
) -> Result<StatusCode, HttpError> {
    let password = fields.password("password")?;
    accounts.delete_own(&caller, password, &context).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `DELETE /account`, and `POST /account/delete` for clients behind a proxy that drops the body of a `DELETE`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use crate::accounts::DeleteAccount;
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::Caller;

/// Deletes the caller's account and sessions.
pub(in crate::http) async fn delete_account(
    State(delete_account): State<Arc<DeleteAccount>>,
    Extension(caller): Extension<Caller>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<StatusCode, HttpError> {
    let password = fields.password("password")?;
    delete_account.delete(&caller, password, &context).await?;
    Ok(StatusCode::NO_CONTENT)
}

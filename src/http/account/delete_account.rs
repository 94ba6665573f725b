//! `DELETE /account`, and `POST /account/delete` for clients behind a proxy that drops the body of a `DELETE`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use crate::accounts::DeleteAccount;
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::TooManyRequests;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::Fields;
use crate::sessions::Caller;

/// The fields of the deletion of an account.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct DeleteAccountRequest {
    /// Current password.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "password")]
    password: String,
}

/// Deletes the caller's account and sessions.
#[cfg_attr(test, utoipa::path(
    delete, path = "/account", tag = "Account",
    security(("bearer" = []), ("bare_token" = [])),
    request_body = DeleteAccountRequest,
    responses(
        (status = 204, description = "The account and its sessions are deleted"),
        (status = 400, description = "Wrong password, or an invalid token", body = Error),
        (status = 409, description = "The last administrator cannot be deleted", body = Error),
        TooManyRequests,
    )
))]
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

//! `POST /logout`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;

use super::error::HttpError;
use super::fields::OptionalFields;
use crate::sessions::{Caller, Scope, Sessions};

/// The caller's session ends; or with `scope`, the `others`, or all of them (`global`).
pub(super) async fn logout(
    State(sessions): State<Arc<Sessions>>,
    Extension(caller): Extension<Caller>,
    OptionalFields(mut fields): OptionalFields,
) -> Result<StatusCode, HttpError> {
    let scope = match fields.optional_text("scope")?.as_deref() {
        None | Some("local") => Scope::Local,
        Some("others") => Scope::Others,
        Some("global") => Scope::Global,
        Some(_) => {
            return Err(HttpError::BadRequest("scope must be local, others or global".into()));
        }
    };
    sessions.log_out(&caller, scope).await?;
    Ok(StatusCode::NO_CONTENT)
}

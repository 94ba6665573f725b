//! `PATCH /admin/users/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::authorize::By;
use super::path::UserPath;
use crate::accounts::{Accounts, UserJson};
use crate::domain::Metadata;
use crate::http::error::HttpError;
use crate::http::extract::{Members, rejected};
use crate::http::json::Json;
use crate::store::{MetadataChange, UserChange};

/// Changes the given members of a user, as a JSON merge patch (RFC 7396) does.
pub(in crate::http) async fn update_user(
    State(accounts): State<Arc<Accounts>>,
    UserPath(id): UserPath,
    By(by): By,
    mut members: Members,
) -> Result<Response, HttpError> {
    let change = UserChange {
        email: members.email("email")?,
        email_verified: members.boolean("email_verified")?,
        is_admin: members.boolean("is_admin")?,
        disabled: members.boolean("disabled")?,
        metadata: match members.value("metadata")? {
            None => None,
            Some(Value::Null) => Some(MetadataChange::Set(Metadata::default())),
            Some(Value::Object(patch)) => Some(MetadataChange::Merge(patch)),
            Some(_) => return Err(rejected("metadata", "must be an object")),
        },
    };
    members.finish()?;
    let updated = accounts.update(id, &change, &by).await.map_err(HttpError::of_administration)?;
    let account = updated.ok_or(HttpError::NotFound)?;
    Ok(Json(UserJson::from(&account)).into_response())
}

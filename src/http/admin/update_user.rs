//! `PATCH /admin/users/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::authorize::By;
use super::path::UserPath;
use crate::accounts::{Accounts, UserJson};
use crate::domain::Metadata;
#[cfg(test)]
use crate::http::docs::responses::NotFound;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::{Members, rejected};
use crate::http::json::Json;
use crate::store::{MetadataChange, UserChange};

/// The members of a user that change.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct UserPatch {
    /// E-mail address; unverified, unless `email_verified` is set, too.
    #[schema(format = "email", max_length = 254, example = "bob@example.org", nullable = false)]
    email: Option<String>,
    #[schema(nullable = false)]
    email_verified: Option<bool>,
    #[schema(nullable = false)]
    is_admin: Option<bool>,
    #[schema(nullable = false)]
    disabled: Option<bool>,
    /// Merged into the metadata; `null` removes a member, or all of them.
    #[schema(value_type = Option<Object>)]
    metadata: Option<()>,
}

/// Changes the given members of a user, as a JSON merge patch (RFC 7396) does.
#[cfg_attr(test, utoipa::path(
    patch, path = "/admin/users/{id}", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(("id" = i64, Path, description = "ID of the user", minimum = 1, example = 1)),
    request_body = UserPatch,
    responses(
        (status = 200, description = "The user after the change", body = UserJson<'static>),
        (status = 409, description = "Another user has the address, or no administrator would be left", body = Error),
        NotFound,
    )
))]
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

//! `POST /admin/users`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use super::authorize::By;
use crate::accounts::{Accounts, NewAccount, UserJson};
use crate::domain::RequestContext;
#[cfg(test)]
use crate::http::docs::responses::MailOff;
use crate::http::error::HttpError;
#[cfg(test)]
use crate::http::error::Message as Error;
use crate::http::extract::{Members, missing};
use crate::http::json::Json;
use crate::verification::Invite;

/// A user to create, with a password or with `"invite": true`.
#[cfg(test)]
#[derive(utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for the OpenAPI document")]
struct NewUser {
    /// E-mail address.
    #[schema(format = "email", max_length = 254, example = "bob@example.com")]
    email: String,
    /// Password, required unless the user is invited.
    #[schema(format = Password, min_length = 1, max_length = 1024, example = "another battery staple", nullable = false)]
    password: Option<String>,
    /// Whether the user gets a mail to choose a password, in place of `password`, `disabled`,
    /// `email_verified` and `metadata`.
    #[schema(nullable = false)]
    invite: Option<bool>,
    #[schema(nullable = false)]
    is_admin: Option<bool>,
    #[schema(nullable = false)]
    disabled: Option<bool>,
    #[schema(nullable = false)]
    email_verified: Option<bool>,
    /// JSON object of at most 4 KiB.
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Option<()>,
}

/// Creates a user with a password, or invites one by mail.
#[cfg_attr(test, utoipa::path(
    post, path = "/admin/users", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    request_body = NewUser,
    responses(
        (status = 201, description = "The user", body = UserJson<'static>,
            headers(("Location" = String, description = "Path of the user"))),
        (status = 409, description = "Another user has the address", body = Error),
        MailOff,
    )
))]
pub(in crate::http) async fn create_user(
    State(accounts): State<Arc<Accounts>>,
    State(invite): State<Arc<Invite>>,
    By(by): By,
    context: RequestContext,
    mut members: Members,
) -> Result<Response, HttpError> {
    let email = members.email("email")?.ok_or_else(|| missing("email"))?;
    let is_admin = members.boolean("is_admin")?.unwrap_or(false);
    let account = if members.boolean("invite")?.unwrap_or(false) {
        members.finish()?;
        invite.create(email, is_admin, Some(&context)).await?
    } else {
        let new = NewAccount {
            email,
            email_verified: members.boolean("email_verified")?.unwrap_or(false),
            password: members.password("password")?.ok_or_else(|| missing("password"))?,
            is_admin,
            disabled: members.boolean("disabled")?.unwrap_or(false),
            metadata: members.metadata("metadata")?.unwrap_or_default(),
        };
        members.finish()?;
        accounts.create(new, &by).await.map_err(HttpError::of_administration)?
    };
    let location = [(LOCATION, format!("/admin/users/{}", account.user.id))];
    Ok((StatusCode::CREATED, location, Json(UserJson::from(&account))).into_response())
}

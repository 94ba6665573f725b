//! `POST /admin/users`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};

use super::authorize::By;
use crate::accounts::{Accounts, NewAccount, UserJson};
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::http::extract::{Members, missing};
use crate::http::json::Json;
use crate::verification::Invite;

/// Creates a user with a password, or invites one by mail.
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

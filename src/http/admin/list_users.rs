//! `GET /admin/users`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::page::Page;
use crate::accounts::{Accounts, UserJson};
use crate::domain::{Email, UserId};
use crate::http::error::HttpError;
use crate::http::extract::Query;
use crate::http::json::Json;
use crate::store::UserQuery;

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct Users<'a> {
    users: Vec<UserJson<'a>>,
    /// `cursor` of the next page; `null` at the end.
    #[cfg_attr(test, schema(required = true))]
    next_cursor: Option<String>,
}

/// Lists users by ascending id: those whose address contains `search`.
#[cfg_attr(test, utoipa::path(
    get, path = "/admin/users", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(
        ("search" = Option<String>, Query, description = "Part of the e-mail address"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i32>, Query, description = "Items of a page; 50 by default", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of users", body = Users<'static>))
))]
pub(in crate::http) async fn list_users(
    State(accounts): State<Arc<Accounts>>,
    mut query: Query,
) -> Result<Response, HttpError> {
    let page = Page::of(&mut query)?;
    let search = query.text("search")?.unwrap_or_default();
    query.finish()?;
    let query = UserQuery {
        search: Email::canonical_part(&search),
        after: UserId(page.cursor.unwrap_or(0)),
        limit: page.read_limit(),
    };
    let mut found = accounts.find(&query).await?;
    let next_cursor = page.cut(&mut found, |account| account.user.id.0);
    let users = found.iter().map(UserJson::from).collect();
    Ok(Json(Users { users, next_cursor }).into_response())
}

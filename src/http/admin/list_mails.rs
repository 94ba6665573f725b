//! `GET /admin/mails`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::page::Page;
use crate::domain::Email;
use crate::http::error::HttpError;
use crate::http::extract::{Query, rejected};
use crate::http::json::Json;
use crate::outbox::{MailJson, Outbox};
use crate::store::{MailQuery, StoreError};

#[derive(Serialize)]
#[cfg_attr(test, derive(utoipa::ToSchema))]
struct Mails<'a> {
    mails: Vec<MailJson<'a>>,
    /// `cursor` of the next page; `null` at the end.
    #[cfg_attr(test, schema(required = true))]
    next_cursor: Option<String>,
}

/// Lists the mails of the outbox, the newest first.
///
/// They are those to `recipient`, with `sent=true` also those that were sent.
#[cfg_attr(test, utoipa::path(
    get, path = "/admin/mails", tag = "Administration",
    security(("bearer" = []), ("oauth_client" = [])),
    params(
        ("recipient" = Option<String>, Query, format = "email", description = "E-mail address of the recipient"),
        ("sent" = Option<bool>, Query, description = "Whether mails that were sent are listed, too"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<i32>, Query, description = "Items of a page; 50 by default", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of mails", body = Mails<'static>))
))]
pub(in crate::http) async fn list_mails(
    State(outbox): State<Outbox>,
    mut query: Query,
) -> Result<Response, HttpError> {
    let page = Page::of(&mut query)?;
    let recipient = match query.text("recipient")? {
        None => None,
        Some(text) => {
            let email = Email::parse(&text);
            Some(email.map_err(|error| rejected("recipient", &error.to_string()))?)
        }
    };
    let filter = MailQuery {
        recipient,
        sent: query.parsed("sent", "true or false")?.unwrap_or(false),
        before: page.cursor.unwrap_or(i64::MAX),
        limit: page.read_limit(),
        ..MailQuery::unsent()
    };
    query.finish()?;
    let mut mails = Vec::new();
    let each = |mail| {
        mails.push(mail);
        Ok::<_, StoreError>(())
    };
    outbox.list(filter, each).await?;
    let next_cursor = page.cut(&mut mails, |mail| mail.id);
    let mails = mails.iter().map(MailJson::from).collect();
    Ok(Json(Mails { mails, next_cursor }).into_response())
}

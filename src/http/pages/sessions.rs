//! `POST /ui/sessions/end`, `POST /ui/sessions/end-others`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::page::redirect;
use super::signed_in::SignedIn;
use crate::domain::{RequestContext, SessionId};
use crate::http::error::HttpError;
use crate::http::extract::Fields;
use crate::sessions::{LogoutScope, Sessions, SessionsError};

/// Ends one session of the user, which may have ended already.
pub(super) async fn end_one(
    SignedIn(browser): SignedIn,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
    mut fields: Fields,
) -> Result<Response, HttpError> {
    let id = SessionId::parse(&fields.text_or_empty("id")?).ok_or(HttpError::NotFound)?;
    match sessions.end(&browser.caller, id, &context).await {
        Ok(_) => Ok(redirect("/ui/account?done=session")),
        Err(SessionsError::TokenInactive) => Ok(redirect("/ui/sign-in")),
        Err(error) => Err(error.into()),
    }
}

/// Ends all other sessions of the user.
pub(super) async fn end_others(
    SignedIn(browser): SignedIn,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
) -> Result<Response, HttpError> {
    match sessions.log_out(&browser.caller, LogoutScope::Others, &context).await {
        Ok(()) => Ok(redirect("/ui/account?done=sessions")),
        Err(SessionsError::TokenInactive) => Ok(redirect("/ui/sign-in")),
        Err(error) => Err(error.into()),
    }
}

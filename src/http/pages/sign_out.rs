//! `GET /ui/sign-out`, `POST /ui/sign-out`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::page::{Layout, Page};
use super::signed_in::{MaybeSignedIn, SignedIn};
use crate::domain::RequestContext;
use crate::http::error::HttpError;
use crate::sessions::{LogoutScope, Sessions};

/// Shows a button: a `GET` ends nothing.
pub(super) async fn show(page: Page, SignedIn(_): SignedIn) -> Response {
    let title = page.text("sign_out_title");
    let layout = Layout { title: &title, is_signed_in: true, ..Layout::default() };
    page.render(StatusCode::OK, "sign-out.html", &layout, context! {})
}

/// Ends the session of the browser.
pub(super) async fn sign_out(
    page: Page,
    MaybeSignedIn(browser): MaybeSignedIn,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
) -> Result<Response, HttpError> {
    if let Some(browser) = browser {
        let acting_user = Some(browser.caller.user.id);
        let context = RequestContext { acting_user, ..context };
        sessions.log_out(&browser.caller, LogoutScope::Local, &context).await?;
    }
    Ok(page.signed_out("/ui/sign-in?done=signed-out"))
}

//! `GET /` and `GET /ui/`, which lead to the first page.

use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

use super::page::redirect;
use super::signed_in::MaybeSignedIn;
use crate::http::extract::accepts_html;

/// The path of the page of an account.
pub(super) const ACCOUNT: &str = "/ui/account";

/// Leads to the account, or to the sign-in page.
pub(super) async fn show(MaybeSignedIn(browser): MaybeSignedIn) -> Response {
    redirect(if browser.is_some() { ACCOUNT } else { "/ui/sign-in" })
}

/// Leads a browser from `/` to the pages; `None` for any other request.
pub(in crate::http) fn start_page(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Option<Response> {
    let is_start = uri.path() == "/" && matches!(*method, Method::GET | Method::HEAD);
    (is_start && accepts_html(headers)).then(|| redirect("/ui/"))
}

//! Hosted pages: `/ui/…`, in HTML and without JavaScript; and the access tokens of browser sessions.
//!
//! ```text
//! routes.rs           the routes, and their layers
//! start.rs            GET /, GET /ui/
//! sign_in.rs          GET, POST /ui/sign-in
//! sign_up.rs          GET, POST /ui/sign-up
//! account.rs          GET /ui/account
//! change_password.rs  GET, POST /ui/change-password
//! sessions.rs         POST /ui/sessions/end, POST /ui/sessions/end-others
//! change_email.rs     GET, POST /ui/change-email, POST /ui/verify-email/request
//! forgot_password.rs  GET, POST /ui/forgot-password
//! new_password.rs     GET, POST /ui/reset-password and /ui/accept-invitation
//! links.rs            GET, POST /ui/verify-email, /ui/confirm-email and /ui/undo-email-change
//! inbox.rs            GET /ui/inbox, GET /ui/inbox/{id}
//! delete_account.rs   GET, POST /ui/delete-account
//! export.rs           GET /ui/export
//! sign_out.rs         GET, POST /ui/sign-out
//! token.rs            POST /ui/token
//! assets.rs           GET /ui/style.css, GET /ui/logo
//! state.rs            PageState: the use cases of the pages
//! site.rs             Site: options, stylesheet, cookie and headers of all pages
//! page.rs             Page: rendering in the language of a request
//! mail_sent.rs        the page after a form that may send a mail
//! form.rs             Form: the fields of a page, and their errors
//! faults.rs           the errors of use cases as errors of fields
//! error_page.rs       every error response as a page
//! headers.rs          security headers of all pages
//! signed_in.rs        the browser session of a request
//! session_cookie.rs   its cookie
//! device_name.rs      the name of a device, from its user agent
//! ```

mod account;
mod assets;
mod change_email;
mod change_password;
mod delete_account;
mod device_name;
mod error_page;
mod export;
mod faults;
mod forgot_password;
mod form;
mod headers;
mod inbox;
mod links;
mod mail_sent;
mod new_password;
mod page;
mod routes;
mod session_cookie;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod signed_in;
mod site;
mod start;
mod state;
mod token;

pub(super) use self::routes::routes;
pub(super) use self::site::{CurrentSite, Site};
pub(super) use self::start::start_page;

/// The operations of this folder; pages are none.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(token::issue))]
pub(super) enum Operations {}

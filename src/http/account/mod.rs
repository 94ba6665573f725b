//! A user's own account and sessions.
//!
//! ```text
//! login.rs            POST /login
//! login_code.rs       POST /login/code, POST /login/code/request
//! register.rs         POST /register
//! get_user.rs         GET /get-user
//! verify_email.rs     POST /verify-email, POST /verify-email/request
//! reset_password.rs   POST /forgot-password, POST /reset-password, POST /accept-invitation
//! change_email.rs     POST /change-email, POST /change-email/confirm, POST /change-email/undo
//! mail_sent.rs        the response of the routes that may send a mail
//! change_password.rs  POST /change-password
//! delete_account.rs   DELETE /account, POST /account/delete
//! logout.rs           POST /logout
//! sessions.rs         GET /sessions, DELETE /sessions/{id}
//! requests.rs         fields of several routes, for the OpenAPI document
//! ```

mod change_email;
mod change_password;
mod delete_account;
mod get_user;
mod login;
mod login_code;
mod logout;
mod mail_sent;
mod register;
#[cfg(test)]
mod requests;
mod reset_password;
mod sessions;
mod verify_email;

pub(super) use self::change_email::{change_email, confirm_email_change, undo_email_change};
pub(super) use self::change_password::change_password;
pub(super) use self::delete_account::delete_account;
pub(super) use self::get_user::{GET_USER, get_user};
pub(super) use self::login::login;
pub(super) use self::login_code::{login_by_code, request_login_code};
pub(super) use self::logout::{LogoutAuthenticator, LogoutCaller, insert_caller, logout};
pub(super) use self::register::register;
pub(super) use self::reset_password::{accept_invitation, forgot_password, reset_password};
pub(super) use self::sessions::{end_session, list_sessions};
pub(super) use self::verify_email::{request_verification, verify_email};

/// The operations of this folder.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    login::login,
    get_user::get_user,
    register::register,
    login_code::request_login_code,
    login_code::login_by_code,
    logout::logout,
    sessions::list_sessions,
    sessions::end_session,
    change_password::change_password,
    reset_password::forgot_password,
    reset_password::reset_password,
    reset_password::accept_invitation,
    verify_email::request_verification,
    verify_email::verify_email,
    change_email::change_email,
    change_email::confirm_email_change,
    change_email::undo_email_change,
    delete_account::delete_account,
))]
pub(super) enum Operations {}

//! A user's own account and sessions.
//!
//! ```text
//! login.rs            POST /login
//! register.rs         POST /register
//! get_user.rs         GET /get-user
//! change_password.rs  POST /change-password
//! delete_account.rs   DELETE /account, POST /account/delete
//! logout.rs           POST /logout
//! sessions.rs         GET /sessions, DELETE /sessions/{id}
//! ```

mod change_password;
mod delete_account;
mod get_user;
mod login;
mod logout;
mod register;
mod sessions;

pub(super) use self::change_password::change_password;
pub(super) use self::delete_account::delete_account;
pub(super) use self::get_user::{GET_USER, get_user};
pub(super) use self::login::login;
pub(super) use self::logout::{LogoutAuthenticator, LogoutCaller, insert_caller, logout};
pub(super) use self::register::register;
pub(super) use self::sessions::{end_session, list_sessions};

//! The administration API, for administrators and for OAuth clients that may administrate.
//!
//! ```text
//! authorize.rs        who may use it
//! list_users.rs       GET /admin/users
//! create_user.rs      POST /admin/users
//! show_user.rs        GET /admin/users/{id}
//! update_user.rs      PATCH /admin/users/{id}
//! delete_user.rs      DELETE /admin/users/{id}
//! set_password.rs     POST /admin/users/{id}/password
//! reset_password.rs   POST /admin/users/{id}/reset-password
//! list_sessions.rs    GET /admin/users/{id}/sessions
//! end_sessions.rs     DELETE /admin/users/{id}/sessions, DELETE /admin/users/{id}/sessions/{session}
//! list_events.rs      GET /admin/audit-events
//! list_mails.rs       GET /admin/mails
//! retry_mail.rs       POST /admin/mails/{id}/retry
//! page.rs             cursors and limits of lists
//! path.rs             ids in a path
//! ```

mod authorize;
mod create_user;
mod delete_user;
mod end_sessions;
mod list_events;
mod list_mails;
mod list_sessions;
mod list_users;
mod page;
mod path;
mod reset_password;
mod retry_mail;
mod set_password;
mod show_user;
mod update_user;

pub(super) use self::authorize::{authenticate_client, require_administrator};
pub(super) use self::create_user::create_user;
pub(super) use self::delete_user::delete_user;
pub(super) use self::end_sessions::{end_all_sessions, end_session};
pub(super) use self::list_events::list_events;
pub(super) use self::list_mails::list_mails;
pub(super) use self::list_sessions::list_sessions;
pub(super) use self::list_users::list_users;
pub(super) use self::reset_password::reset_password;
pub(super) use self::retry_mail::retry_mail;
pub(super) use self::set_password::set_password;
pub(super) use self::show_user::show_user;
pub(super) use self::update_user::update_user;

/// The operations of this folder.
#[cfg(test)]
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    list_users::list_users,
    create_user::create_user,
    show_user::show_user,
    update_user::update_user,
    delete_user::delete_user,
    set_password::set_password,
    reset_password::reset_password,
    list_sessions::list_sessions,
    end_sessions::end_all_sessions,
    end_sessions::end_session,
    list_events::list_events,
    list_mails::list_mails,
    retry_mail::retry_mail,
))]
pub(super) enum Operations {}

//! `countersign user set-password`, `set-admin`, `disable` and `enable`

use clap::{ArgAction, Args};

use super::display;
use super::error::UserError;
use super::prompt;
use super::user_database::{TargetUser, UserDatabase, UserName};
use crate::config::PasswordFlags;

/// Set the password of a user and end all their sessions
///
/// Prompts for the password twice on a terminal; otherwise it is the first line of standard input.
#[derive(Args, Debug)]
pub(super) struct SetPasswordFlags {
    #[command(flatten)]
    target: TargetUser,

    #[command(flatten)]
    pub(super) passwords: PasswordFlags,
}

/// Make a user an administrator, or no administrator
#[derive(Args, Debug)]
pub(super) struct SetAdminFlags {
    /// ID or e-mail address of the user
    #[arg(value_name = "USER")]
    user: UserName,

    /// Whether the user is an administrator
    #[arg(default_value_t = true, action = ArgAction::Set, value_name = "true|false")]
    is_admin: bool,

    /// Print the user as a JSON object
    #[arg(long)]
    json: bool,
}

/// Disable a user: end all their sessions and reject logins
#[derive(Args, Debug)]
pub(super) struct DisableFlags {
    #[command(flatten)]
    target: TargetUser,
}

/// Enable a disabled user
#[derive(Args, Debug)]
pub(super) struct EnableFlags {
    #[command(flatten)]
    target: TargetUser,
}

pub(super) async fn set_password(
    database: &UserDatabase,
    flags: SetPasswordFlags,
) -> Result<(), UserError> {
    let TargetUser { user, json } = flags.target;
    let id = database.find(&user).await?.user.id;
    let changed = database.accounts.set_password(id, prompt::new_password()?).await?;
    let account = changed.ok_or_else(|| user.not_found())?;
    Ok(display::print_result(&account, json, "set the password of")?)
}

pub(super) async fn set_admin(
    database: &UserDatabase,
    flags: SetAdminFlags,
) -> Result<(), UserError> {
    let id = database.find(&flags.user).await?.user.id;
    let changed = database.accounts.set_admin(id, flags.is_admin).await?;
    let account = changed.ok_or_else(|| flags.user.not_found())?;
    let done = if flags.is_admin { "granted administrator to" } else { "revoked administrator of" };
    Ok(display::print_result(&account, flags.json, done)?)
}

pub(super) async fn disable(database: &UserDatabase, flags: DisableFlags) -> Result<(), UserError> {
    set_disabled(database, flags.target, true, "disabled").await
}

pub(super) async fn enable(database: &UserDatabase, flags: EnableFlags) -> Result<(), UserError> {
    set_disabled(database, flags.target, false, "enabled").await
}

async fn set_disabled(
    database: &UserDatabase,
    TargetUser { user, json }: TargetUser,
    disabled: bool,
    done: &str,
) -> Result<(), UserError> {
    let id = database.find(&user).await?.user.id;
    let changed = database.accounts.set_disabled(id, disabled).await?;
    let account = changed.ok_or_else(|| user.not_found())?;
    Ok(display::print_result(&account, json, done)?)
}

//! `countersign user set-password`, `set-admin`, `disable` and `enable`

use clap::{ArgAction, Args};

use super::desk::{Desk, Name, Target};
use super::error::UserError;
use super::prompt;
use super::shown;
use crate::config::NewPasswordFlags;

/// Set the password of a user, whose tokens are void from now on
///
/// The password is asked for twice on a terminal, and is the first line of standard input
/// otherwise.
#[derive(Args, Debug)]
pub(super) struct PasswordFlags {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    pub(super) passwords: NewPasswordFlags,
}

/// Make a user an administrator, or an ordinary user again
#[derive(Args, Debug)]
pub(super) struct AdminFlags {
    /// The id or the e-mail address of the user.
    #[arg(value_name = "USER")]
    user: Name,

    /// Whether they are to be an administrator.
    #[arg(default_value_t = true, action = ArgAction::Set, value_name = "true|false")]
    is_admin: bool,

    /// Print the user as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Keep a user from logging in; their tokens are void from now on
#[derive(Args, Debug)]
pub(super) struct DisableFlags {
    #[command(flatten)]
    target: Target,
}

/// Let a user log in again
#[derive(Args, Debug)]
pub(super) struct EnableFlags {
    #[command(flatten)]
    target: Target,
}

pub(super) async fn set_password(desk: &Desk, flags: PasswordFlags) -> Result<(), UserError> {
    let Target { user, json } = flags.target;
    let id = desk.find(&user).await?.user.id;
    let changed = desk.accounts.set_password(id, prompt::new_password()?).await?;
    let account = changed.ok_or_else(|| user.is_gone())?;
    Ok(shown::tell(&account, json, "set the password of")?)
}

pub(super) async fn set_admin(desk: &Desk, flags: AdminFlags) -> Result<(), UserError> {
    let id = desk.find(&flags.user).await?.user.id;
    let changed = desk.accounts.set_admin(id, flags.is_admin).await?;
    let account = changed.ok_or_else(|| flags.user.is_gone())?;
    let done = if flags.is_admin { "made an administrator:" } else { "no administrator any more:" };
    Ok(shown::tell(&account, flags.json, done)?)
}

pub(super) async fn disable(desk: &Desk, flags: DisableFlags) -> Result<(), UserError> {
    set_disabled(desk, flags.target, true, "disabled").await
}

pub(super) async fn enable(desk: &Desk, flags: EnableFlags) -> Result<(), UserError> {
    set_disabled(desk, flags.target, false, "enabled").await
}

async fn set_disabled(
    desk: &Desk,
    Target { user, json }: Target,
    disabled: bool,
    done: &str,
) -> Result<(), UserError> {
    let id = desk.find(&user).await?.user.id;
    let changed = desk.accounts.set_disabled(id, disabled).await?;
    let account = changed.ok_or_else(|| user.is_gone())?;
    Ok(shown::tell(&account, json, done)?)
}

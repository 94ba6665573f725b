//! `countersign user set-password`, `set-email`, `set-metadata`, `set-admin`, `disable` and `enable`

use clap::{ArgAction, Args};

use super::display;
use super::error::UserError;
use super::prompt;
use super::user_database::{TargetUser, UserDatabase, UserName};
use crate::accounts::Administrator;
use crate::config::PasswordFlags;
use crate::domain::{Email, Metadata};
use crate::store::{MetadataChange, UserChange};

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

/// Change the e-mail address of a user; their sessions go on
///
/// The new address is not verified, unless --verified is set. Links that were mailed to the former one
/// are no longer accepted.
#[derive(Args, Debug)]
pub(super) struct SetEmailFlags {
    /// ID or e-mail address of the user
    #[arg(value_name = "USER")]
    user: UserName,

    /// New e-mail address
    #[arg(value_name = "EMAIL")]
    email: String,

    /// The new address is known to be the user's
    #[arg(long)]
    verified: bool,

    /// Print the user as a JSON object
    #[arg(long)]
    json: bool,
}

/// Set the metadata of a user: a JSON object of at most 4 KiB
///
/// --token-claims metadata puts it into access tokens.
#[derive(Args, Debug)]
pub(super) struct SetMetadataFlags {
    /// ID or e-mail address of the user
    #[arg(value_name = "USER")]
    user: UserName,

    /// The object, such as '{"plan": "pro"}'; {} for none
    #[arg(value_name = "JSON")]
    metadata: String,

    /// Merge the object into the present metadata (RFC 7396): null removes a member
    #[arg(long)]
    merge: bool,

    /// Print the user as a JSON object
    #[arg(long)]
    json: bool,
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
    let changed = database
        .accounts
        .set_password(id, prompt::new_password()?, &Administrator::operator())
        .await?;
    let account = changed.ok_or_else(|| user.not_found())?;
    Ok(display::print_result(&account, json, "set the password of")?)
}

pub(super) async fn set_email(
    database: &UserDatabase,
    flags: SetEmailFlags,
) -> Result<(), UserError> {
    let change = UserChange {
        email: Some(Email::parse(&flags.email)?),
        email_verified: flags.verified.then_some(true),
        ..UserChange::default()
    };
    let account = database.update(&flags.user, &change).await?;
    Ok(display::print_result(&account, flags.json, "changed the e-mail address of")?)
}

pub(super) async fn set_metadata(
    database: &UserDatabase,
    flags: SetMetadataFlags,
) -> Result<(), UserError> {
    let metadata = Metadata::parse(&flags.metadata)?;
    let metadata = if flags.merge {
        MetadataChange::Merge(metadata.members().clone())
    } else {
        MetadataChange::Set(metadata)
    };
    let change = UserChange { metadata: Some(metadata), ..UserChange::default() };
    let account = database.update(&flags.user, &change).await?;
    Ok(display::print_result(&account, flags.json, "set the metadata of")?)
}

pub(super) async fn set_admin(
    database: &UserDatabase,
    flags: SetAdminFlags,
) -> Result<(), UserError> {
    let change = UserChange { is_admin: Some(flags.is_admin), ..UserChange::default() };
    let account = database.update(&flags.user, &change).await?;
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
    let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
    let account = database.update(&user, &change).await?;
    Ok(display::print_result(&account, json, done)?)
}

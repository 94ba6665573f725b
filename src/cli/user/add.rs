//! `countersign user add`

use clap::Args;

use super::desk::Desk;
use super::error::UserError;
use super::prompt;
use super::shown;
use crate::config::NewPasswordFlags;
use crate::domain::Email;

/// Add a user
///
/// The password is asked for twice on a terminal, and is the first line of standard input
/// otherwise.
#[derive(Args, Debug)]
pub(super) struct AddFlags {
    /// The e-mail address of the new user.
    #[arg(value_name = "EMAIL")]
    email: String,

    /// The new user is an administrator.
    #[arg(long)]
    admin: bool,

    /// Print the user as one JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    pub(super) passwords: NewPasswordFlags,
}

pub(super) async fn add(desk: &Desk, flags: AddFlags) -> Result<(), UserError> {
    let email = Email::parse(&flags.email)?;
    let account = desk.accounts.create(email, prompt::new_password()?, flags.admin).await?;
    Ok(shown::tell(&account, flags.json, "added")?)
}

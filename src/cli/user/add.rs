//! `countersign user add`

use clap::Args;

use super::display;
use super::error::UserError;
use super::prompt;
use super::user_database::UserDatabase;
use crate::accounts::{Administrator, NewAccount};
use crate::config::PasswordFlags;
use crate::domain::{Email, Metadata};

/// Add a user
///
/// Prompts for the password twice on a terminal; otherwise it is the first line of standard input.
#[derive(Args, Debug)]
pub(super) struct AddFlags {
    /// E-mail address of the new user
    #[arg(value_name = "EMAIL")]
    email: String,

    /// Make the new user an administrator
    #[arg(long)]
    admin: bool,

    /// Print the user as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    pub(super) passwords: PasswordFlags,
}

pub(super) async fn add(database: &UserDatabase, flags: AddFlags) -> Result<(), UserError> {
    let email = Email::parse(&flags.email)?;
    let password = prompt::new_password()?;
    let new = NewAccount {
        email,
        email_verified: false,
        password,
        is_admin: flags.admin,
        disabled: false,
        metadata: Metadata::default(),
    };
    let account = database.accounts.create(new, &Administrator::operator()).await?;
    Ok(display::print_result(&account, flags.json, "added")?)
}

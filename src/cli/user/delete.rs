//! `countersign user delete`

use clap::Args;

use super::display;
use super::error::UserError;
use super::prompt;
use super::user_database::{TargetUser, UserDatabase};
use crate::accounts::Administrator;
use crate::domain::printable;

/// Delete a user permanently and end all their sessions; the ID is never reused
#[derive(Args, Debug)]
pub(super) struct DeleteFlags {
    #[command(flatten)]
    target: TargetUser,

    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

pub(super) async fn delete(database: &UserDatabase, flags: DeleteFlags) -> Result<(), UserError> {
    let TargetUser { user, json } = flags.target;
    let account = database.find(&user).await?;
    if !flags.yes {
        let (id, email) = (account.user.id, printable(account.user.email.as_str()));
        prompt::confirm(&format!("Delete user {id}, {email}, permanently?"))?;
    }
    if !database.accounts.delete(account.user.id, &Administrator::operator()).await? {
        return Err(user.not_found());
    }
    Ok(display::print_result(&account, json, "deleted")?)
}

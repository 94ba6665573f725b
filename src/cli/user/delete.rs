//! `countersign user delete`

use clap::Args;

use super::desk::{Desk, Target};
use super::error::UserError;
use super::prompt;
use super::shown;
use crate::domain::printable;

/// Delete a user for good; their tokens are void from now on, and their id is never given again
#[derive(Args, Debug)]
pub(super) struct DeleteFlags {
    #[command(flatten)]
    target: Target,

    /// Do not ask first.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn delete(desk: &Desk, flags: DeleteFlags) -> Result<(), UserError> {
    let Target { user, json } = flags.target;
    let account = desk.find(&user).await?;
    if !flags.yes {
        let (id, email) = (account.user.id, printable(account.user.email.as_str()));
        prompt::confirm(&format!("Delete user {id}, {email}, for good?"))?;
    }
    if !desk.accounts.delete(account.user.id).await? {
        return Err(user.is_gone());
    }
    Ok(shown::tell(&account, json, "deleted")?)
}

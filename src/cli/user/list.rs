//! `countersign user list` and `show`

use std::io::{self, BufWriter, Write};

use clap::Args;

use super::display;
use super::error::UserError;
use super::user_database::{TargetUser, UserDatabase};
use crate::domain::UserId;

/// The number of users per query.
const PAGE: u32 = 1000;

/// List all users, ordered by ID
#[derive(Args, Debug)]
pub(super) struct ListFlags {
    /// Print JSON Lines, one object per user
    #[arg(long)]
    json: bool,
}

/// Show one user
#[derive(Args, Debug)]
pub(super) struct ShowFlags {
    #[command(flatten)]
    target: TargetUser,
}

pub(super) async fn list(database: &UserDatabase, flags: ListFlags) -> Result<(), UserError> {
    let mut output = BufWriter::new(io::stdout());
    if !flags.json {
        writeln!(output, "{}", display::TABLE_HEADER)?;
    }
    let mut last = UserId(0);
    loop {
        let page = database.store.page(last, PAGE).await?;
        let Some(account) = page.last() else { break };
        last = account.user.id;
        for account in &page {
            if flags.json {
                display::write_json(&mut output, account)?;
            } else {
                display::write_table_row(&mut output, account)?;
            }
        }
    }
    Ok(output.flush()?)
}

pub(super) async fn show(database: &UserDatabase, flags: ShowFlags) -> Result<(), UserError> {
    let account = database.find(&flags.target.user).await?;
    let mut output = io::stdout().lock();
    if flags.target.json {
        return Ok(display::write_json(&mut output, &account)?);
    }
    Ok(display::write_details(&mut output, &account)?)
}

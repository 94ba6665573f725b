//! `countersign user list` and `show`

use std::io::{self, BufWriter, Write};

use clap::Args;

use super::desk::{Desk, Target};
use super::error::UserError;
use super::shown;
use crate::domain::UserId;

/// How many users are read at once.
const PAGE: u32 = 1000;

/// List all users, by rising id
#[derive(Args, Debug)]
pub(super) struct ListFlags {
    /// Print JSON Lines: an object for each user.
    #[arg(long)]
    json: bool,
}

/// Show one user
#[derive(Args, Debug)]
pub(super) struct ShowFlags {
    #[command(flatten)]
    target: Target,
}

pub(super) async fn list(desk: &Desk, flags: ListFlags) -> Result<(), UserError> {
    let mut output = BufWriter::new(io::stdout());
    if !flags.json {
        writeln!(output, "{}", shown::HEAD)?;
    }
    let mut last = UserId(0);
    loop {
        let page = desk.store.page(last, PAGE).await?;
        let Some(account) = page.last() else { break };
        last = account.user.id;
        for account in &page {
            if flags.json {
                shown::write_json(&mut output, account)?;
            } else {
                shown::write_line(&mut output, account)?;
            }
        }
    }
    Ok(output.flush()?)
}

pub(super) async fn show(desk: &Desk, flags: ShowFlags) -> Result<(), UserError> {
    let account = desk.find(&flags.target.user).await?;
    let mut output = io::stdout().lock();
    if flags.target.json {
        return Ok(shown::write_json(&mut output, &account)?);
    }
    Ok(shown::write_sheet(&mut output, &account)?)
}

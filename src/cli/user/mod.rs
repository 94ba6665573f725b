//! `countersign user`
//!
//! ```text
//! add.rs           user add
//! list.rs          user list, user show
//! change.rs        user set-password, set-admin, disable, enable
//! delete.rs        user delete
//! transfer.rs      user import, user export
//! firebase.rs      the parameters of a Firebase project
//! progress.rs      how far an import has read, on a terminal
//! desk.rs          Desk: the accounts of the configured database, and who is meant
//! shown.rs         how an account is shown: a sentence, a line of a table, JSON
//! prompt.rs        passwords and confirmations, from a terminal or from a pipe
//! error.rs         UserError: why nothing came of it, and its exit code
//! ```

mod add;
mod change;
mod delete;
mod desk;
mod error;
mod firebase;
mod list;
mod progress;
mod prompt;
mod shown;
mod transfer;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use tokio::runtime::Builder;

use super::database;
use super::say::{complain, refuse};
use crate::config::{DatabaseFlags, DatabaseOptions};
use crate::password::{Cost, PasswordPolicy};
use desk::Desk;
use error::UserError;

/// What `countersign user` can be told.
#[derive(Args, Debug)]
pub(super) struct UserFlags {
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    #[command(flatten)]
    Desk(DeskCommand),
    Import(transfer::ImportFlags),
}

/// The commands that need nothing but the database.
#[derive(Debug, Subcommand)]
enum DeskCommand {
    Add(add::AddFlags),
    List(list::ListFlags),
    Show(list::ShowFlags),
    SetPassword(change::PasswordFlags),
    SetAdmin(change::AdminFlags),
    Disable(change::DisableFlags),
    Enable(change::EnableFlags),
    Delete(delete::DeleteFlags),
    Export(transfer::ExportFlags),
}

impl DeskCommand {
    /// What a password has to be that the command sets, and what its hash costs.
    fn passwords(&self) -> (PasswordPolicy, Cost) {
        match self {
            Self::Add(add::AddFlags { passwords, .. })
            | Self::SetPassword(change::PasswordFlags { passwords, .. }) => {
                (passwords.policy, passwords.hash_cost)
            }
            _ => (PasswordPolicy::default(), Cost::default()),
        }
    }
}

pub(super) fn run(flags: UserFlags) -> ExitCode {
    let options = match database::options(&flags.database) {
        Ok(options) => options,
        Err(faults) => return refuse(&faults),
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(perform(flags.command, options)),
        Err(error) => Err(UserError::System(error)),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            if !error.is_closed_pipe() {
                complain(&error);
            }
            error.exit_code().into()
        }
    }
}

async fn perform(
    command: UserCommand,
    mut options: DatabaseOptions,
) -> Result<ExitCode, UserError> {
    let command = match command {
        UserCommand::Import(flags) => return transfer::import(options, flags).await,
        UserCommand::Desk(command) => command,
    };
    // The others work on users who are there: without a database there are none.
    options.sql.create = matches!(command, DeskCommand::Add(_));
    let (policy, cost) = command.passwords();
    let desk = Desk::open(&options, policy, cost).await?;
    let end = match command {
        DeskCommand::Add(flags) => add::add(&desk, flags).await,
        DeskCommand::List(flags) => list::list(&desk, flags).await,
        DeskCommand::Show(flags) => list::show(&desk, flags).await,
        DeskCommand::SetPassword(flags) => change::set_password(&desk, flags).await,
        DeskCommand::SetAdmin(flags) => change::set_admin(&desk, flags).await,
        DeskCommand::Disable(flags) => change::disable(&desk, flags).await,
        DeskCommand::Enable(flags) => change::enable(&desk, flags).await,
        DeskCommand::Delete(flags) => delete::delete(&desk, flags).await,
        DeskCommand::Export(flags) => transfer::export(&desk, flags).await,
    };
    desk.close().await;
    end.map(|()| ExitCode::SUCCESS)
}

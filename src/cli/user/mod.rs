//! `countersign user`
//!
//! ```text
//! add.rs           user add
//! invite.rs        user invite
//! list.rs          user list, user show
//! change.rs        user set-password, set-email, set-metadata, set-admin, disable, enable
//! sessions.rs      user sessions, user logout
//! delete.rs        user delete
//! transfer.rs      user import, user export
//! firebase.rs      the flags of a Firebase project
//! progress.rs      the progress of an import, on a terminal
//! user_database.rs UserDatabase: the users in the configured database
//! display.rs       output formats of an account: sentence, table, details, JSON
//! prompt.rs        passwords and confirmations from a terminal or a pipe
//! error.rs         UserError
//! ```

mod add;
mod change;
mod delete;
mod display;
mod error;
mod firebase;
mod invite;
mod list;
mod progress;
mod prompt;
mod sessions;
mod transfer;
mod user_database;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use tokio::runtime::Builder;

use super::database;
use super::exit::{exit_code, exit_with_config_errors};
use crate::config::{ConfigError, DatabaseFlags, DatabaseOptions, Environment};
use crate::password::{HashingOptions, PasswordPolicy};
use error::UserError;
use user_database::UserDatabase;

/// The flags of `countersign user`.
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
    Stored(StoredUserCommand),
    Import(transfer::ImportFlags),
}

/// The commands that only need the database.
#[derive(Debug, Subcommand)]
enum StoredUserCommand {
    Add(add::AddFlags),
    Invite(Box<invite::InviteFlags>),
    List(list::ListFlags),
    Show(list::ShowFlags),
    SetPassword(change::SetPasswordFlags),
    SetEmail(change::SetEmailFlags),
    SetMetadata(change::SetMetadataFlags),
    SetAdmin(change::SetAdminFlags),
    Disable(change::DisableFlags),
    Enable(change::EnableFlags),
    Sessions(sessions::SessionsFlags),
    Logout(sessions::LogoutFlags),
    Delete(delete::DeleteFlags),
    Export(transfer::ExportFlags),
}

impl StoredUserCommand {
    /// The policy and the hashing of new passwords.
    fn passwords(&self) -> Result<(PasswordPolicy, HashingOptions), ConfigError> {
        match self {
            Self::Add(add::AddFlags { passwords, .. })
            | Self::SetPassword(change::SetPasswordFlags { passwords, .. }) => {
                Ok((passwords.policy()?, passwords.hashing(None)))
            }
            _ => Ok((PasswordPolicy::default(), HashingOptions::default())),
        }
    }
}

pub(super) fn run(flags: UserFlags, environment: &Environment) -> ExitCode {
    let options = match database::options(&flags.database, environment) {
        Ok(options) => options,
        Err(errors) => return exit_with_config_errors(&errors),
    };
    let passwords = match &flags.command {
        UserCommand::Stored(command) => match command.passwords() {
            Ok(passwords) => passwords,
            Err(error) => return exit_with_config_errors(&[environment.locate(error)]),
        },
        UserCommand::Import(_) => (PasswordPolicy::default(), HashingOptions::default()),
    };
    let runtime = Builder::new_current_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(perform(flags.command, options, passwords, environment)),
        Err(error) => Err(UserError::System(error)),
    };
    exit_code(done)
}

async fn perform(
    command: UserCommand,
    mut options: DatabaseOptions,
    (policy, hashing): (PasswordPolicy, HashingOptions),
    environment: &Environment,
) -> Result<ExitCode, UserError> {
    let command = match command {
        UserCommand::Import(flags) => return transfer::import(options, flags).await,
        UserCommand::Stored(command) => command,
    };
    // The other commands are about existing users, who require an existing database.
    options.sql.create =
        matches!(command, StoredUserCommand::Add(_) | StoredUserCommand::Invite(_));
    let database = UserDatabase::open(&options, policy, hashing).await?;
    let end = match command {
        StoredUserCommand::Add(flags) => add::add(&database, flags).await,
        StoredUserCommand::Invite(flags) => invite::invite(&database, *flags, environment).await,
        StoredUserCommand::List(flags) => list::list(&database, flags).await,
        StoredUserCommand::Show(flags) => list::show(&database, flags).await,
        StoredUserCommand::SetPassword(flags) => change::set_password(&database, flags).await,
        StoredUserCommand::SetEmail(flags) => change::set_email(&database, flags).await,
        StoredUserCommand::SetMetadata(flags) => change::set_metadata(&database, flags).await,
        StoredUserCommand::SetAdmin(flags) => change::set_admin(&database, flags).await,
        StoredUserCommand::Disable(flags) => change::disable(&database, flags).await,
        StoredUserCommand::Enable(flags) => change::enable(&database, flags).await,
        StoredUserCommand::Sessions(flags) => sessions::list(&database, flags).await,
        StoredUserCommand::Logout(flags) => sessions::log_out(&database, flags).await,
        StoredUserCommand::Delete(flags) => delete::delete(&database, flags).await,
        StoredUserCommand::Export(flags) => transfer::export(&database, flags).await,
    };
    database.close().await;
    end.map(|()| ExitCode::SUCCESS)
}

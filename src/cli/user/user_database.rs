//! The configured database, opened for commands about users.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::error::UserError;
use crate::accounts::{AccountOptions, Accounts};
use crate::app::{AppError, Store};
use crate::cli::database;
use crate::clock::SystemClock;
use crate::config::DatabaseOptions;
use crate::password::{Cost, HashingOptions, HashingPool, PasswordPolicy};
use crate::store::{Account, UserStore};

/// The user that a command is about.
#[derive(Args, Debug)]
pub(super) struct TargetUser {
    /// ID or e-mail address of the user
    #[arg(value_name = "USER")]
    pub(super) user: UserName,

    /// Print the user as a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// The ID or the e-mail address of a user, as given.
#[derive(Clone, Debug)]
pub(super) struct UserName(String);

impl UserName {
    pub(super) fn not_found(&self) -> UserError {
        UserError::NotFound(self.0.clone())
    }
}

impl FromStr for UserName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// The users in the configured database.
pub(super) struct UserDatabase {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) accounts: Accounts,
    store: Store,
}

impl UserDatabase {
    /// Opens the database and migrates its tables. `policy` and `cost` apply to new passwords.
    pub(super) async fn open(
        options: &DatabaseOptions,
        policy: PasswordPolicy,
        cost: Cost,
    ) -> Result<Self, AppError> {
        let store = Store::open(options).await?;
        let account_options = AccountOptions { open_registration: false, policy };
        let users = store.users();
        let pool = HashingPool::start(HashingOptions { cost, ..HashingOptions::default() })?;
        let clock = Arc::new(SystemClock);
        let accounts = Accounts::new(Arc::clone(&users), pool, account_options, clock);
        Ok(Self { users, accounts, store })
    }

    pub(super) async fn find(&self, name: &UserName) -> Result<Account, UserError> {
        let found = database::find(&*self.users, &name.0).await?;
        found.ok_or_else(|| name.not_found())
    }

    /// Closes the database once its operations have finished.
    pub(super) async fn close(&self) {
        self.store.close().await;
    }
}

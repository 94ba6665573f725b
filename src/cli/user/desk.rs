//! The accounts of the configured database, and who is meant.

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

/// The user whom a command is about.
#[derive(Args, Debug)]
pub(super) struct Target {
    /// The id or the e-mail address of the user.
    #[arg(value_name = "USER")]
    pub(super) user: Name,

    /// Print the user as one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

/// What somebody is called on the command line: by id where it is a number, by address otherwise.
#[derive(Clone, Debug)]
pub(super) struct Name(String);

impl Name {
    /// The error where nobody is called so, or not any more.
    pub(super) fn is_gone(&self) -> UserError {
        UserError::NoSuchUser(self.0.clone())
    }
}

impl FromStr for Name {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// What the commands work with.
pub(super) struct Desk {
    pub(super) users: Arc<dyn UserStore>,
    pub(super) accounts: Accounts,
    store: Store,
}

impl Desk {
    /// Opens the database, and brings its tables up to date. New passwords are to obey `policy`, and
    /// their hashes to cost `cost`.
    pub(super) async fn open(
        options: &DatabaseOptions,
        policy: PasswordPolicy,
        cost: Cost,
    ) -> Result<Self, AppError> {
        let store = Store::open(options).await?;
        let who = AccountOptions { open_registration: false, policy };
        let users = store.users();
        let pool = HashingPool::start(HashingOptions { cost, ..HashingOptions::default() })?;
        let accounts = Accounts::new(Arc::clone(&users), pool, who, Arc::new(SystemClock));
        Ok(Self { users, accounts, store })
    }

    /// The user who is meant.
    pub(super) async fn find(&self, name: &Name) -> Result<Account, UserError> {
        let found = database::find(&*self.users, &name.0).await?;
        found.ok_or_else(|| name.is_gone())
    }

    /// Closes the database when what is being done with it is done.
    pub(super) async fn close(&self) {
        self.store.close().await;
    }
}

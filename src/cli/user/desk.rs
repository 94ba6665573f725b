//! The accounts of the configured database, and who is meant.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::error::UserError;
use crate::accounts::Accounts;
use crate::app::{AppError, OpenStore};
use crate::cli::database;
use crate::clock::SystemClock;
use crate::config::DatabaseOptions;
use crate::credentials::Passwords;
use crate::password::{Cost, HashingOptions, HashingPool, PasswordPolicy};
use crate::store::{Account, Store};

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
    pub(super) store: Arc<dyn Store>,
    pub(super) accounts: Accounts,
    open: OpenStore,
}

impl Desk {
    /// Opens the database, and brings its tables up to date. New passwords are to obey `policy`, and
    /// their hashes to cost `cost`.
    pub(super) async fn open(
        options: &DatabaseOptions,
        policy: PasswordPolicy,
        cost: Cost,
    ) -> Result<Self, AppError> {
        let open = OpenStore::open(options, Arc::new(SystemClock)).await?;
        let store = open.store();
        let pool = HashingPool::start(HashingOptions { cost, ..HashingOptions::default() })?;
        let passwords = Passwords::new(pool, policy);
        let accounts = Accounts::new(Arc::clone(&store), passwords, Arc::new(SystemClock));
        Ok(Self { store, accounts, open })
    }

    /// The user who is meant.
    pub(super) async fn find(&self, name: &Name) -> Result<Account, UserError> {
        let found = database::find(&*self.store, &name.0).await?;
        found.ok_or_else(|| name.is_gone())
    }

    /// Closes the database when what is being done with it is done.
    pub(super) async fn close(&self) {
        self.open.close().await;
    }
}

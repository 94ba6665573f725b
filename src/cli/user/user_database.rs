//! The configured database, opened for commands about users.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;

use super::error::UserError;
use crate::accounts::{Accounts, Administrator};
use crate::app::{AppError, OpenStore};
use crate::cli::database;
use crate::clock::SystemClock;
use crate::config::DatabaseOptions;
use crate::credentials::Passwords;
use crate::password::{HashingOptions, HashingPool, PasswordPolicy};
use crate::store::{Account, Store, UserChange};

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
    pub(super) store: Arc<dyn Store>,
    pub(super) accounts: Accounts,
    open: OpenStore,
}

impl UserDatabase {
    /// Opens the database and migrates its tables. `policy` and `hashing` apply to new passwords.
    pub(super) async fn open(
        options: &DatabaseOptions,
        policy: PasswordPolicy,
        hashing: HashingOptions,
    ) -> Result<Self, AppError> {
        let open = OpenStore::open(options, Arc::new(SystemClock)).await?;
        let store = open.store();
        let pool = HashingPool::start(hashing)?;
        let passwords = Passwords::new(pool, policy);
        let accounts = Accounts::new(Arc::clone(&store), passwords, Arc::new(SystemClock));
        Ok(Self { store, accounts, open })
    }

    pub(super) async fn find(&self, name: &UserName) -> Result<Account, UserError> {
        let found = database::find(&*self.store, &name.0).await?;
        found.ok_or_else(|| name.not_found())
    }

    /// Changes a user as an operator.
    pub(super) async fn update(
        &self,
        name: &UserName,
        change: &UserChange,
    ) -> Result<Account, UserError> {
        let id = self.find(name).await?.user.id;
        let changed = self.accounts.update(id, change, &Administrator::operator()).await?;
        changed.ok_or_else(|| name.not_found())
    }

    /// Closes the database once its operations have finished.
    pub(super) async fn close(&self) {
        self.open.close().await;
    }
}

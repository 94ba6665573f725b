//! What is done with accounts: add one, and find out whose password somebody knows.

use std::fmt;
use std::sync::Arc;

use crate::password::{HashingPool, Password, PasswordHash, PoolError};
use crate::store::{NewUser, StoreError, UserStore};
use crate::user::{Email, User, UserId};

/// The accounts of this service.
pub struct Accounts {
    users: Arc<dyn UserStore>,
    pool: HashingPool,
    decoy: PasswordHash,
}

/// Why nothing came of it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountsError {
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] PoolError),
    /// The user could not be kept or looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Accounts in `users`, whose passwords are hashed by `pool`.
    #[must_use]
    pub fn new(users: Arc<dyn UserStore>, pool: HashingPool) -> Self {
        let decoy = PasswordHash::decoy(pool.cost());
        Self { users, pool, decoy }
    }

    /// Adds a user.
    ///
    /// # Errors
    ///
    /// [`StoreError::EmailTaken`], or the failure of the store or of the hashing.
    pub async fn add(
        &self,
        email: Email,
        password: Password,
        is_admin: bool,
    ) -> Result<User, AccountsError> {
        let password_hash = self.pool.hash(password).await?;
        Ok(self.users.insert(NewUser { email, password_hash, is_admin }).await?)
    }

    /// The user with this address and this password, if there is one.
    ///
    /// A wrong address takes as long as a wrong password: one verification, be it against a hash
    /// that nobody has. So does a text that is no address at all.
    ///
    /// # Errors
    ///
    /// The failure of the store or of the hashing.
    pub async fn authenticate(
        &self,
        email: &str,
        password: Password,
    ) -> Result<Option<User>, AccountsError> {
        let credentials = match Email::parse(email) {
            Ok(email) => self.users.by_email(&email).await?,
            Err(_) => None,
        };
        let (user, hash) = match credentials {
            Some(credentials) => (Some(credentials.user), credentials.password_hash),
            None => (None, self.decoy.clone()),
        };
        let verified = self.pool.verify(password, hash).await?;
        Ok(user.filter(|_| verified))
    }

    /// Removes a user, whose tokens are worth nothing from now on. Says whether there was one.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn remove(&self, id: UserId) -> Result<bool, AccountsError> {
        Ok(self.users.remove(id).await?)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("pool", &self.pool).finish_non_exhaustive()
    }
}

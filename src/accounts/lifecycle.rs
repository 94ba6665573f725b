//! From registration to removal.

use std::fmt;
use std::sync::Arc;

use tracing::warn;

use super::error::AccountsError;
use super::options::AccountOptions;
use crate::clock::Clock;
use crate::domain::{Email, UserId};
use crate::password::{HashingPool, Password, PasswordHash};
use crate::store::{Account, Authorization, Change, NewSession, NewUser, StoreError, UserStore};

/// The accounts of this service.
pub struct Accounts {
    users: Arc<dyn UserStore>,
    pool: HashingPool,
    options: AccountOptions,
    decoy: PasswordHash,
    clock: Arc<dyn Clock>,
}

impl Accounts {
    /// Accounts in `users`, whose passwords are hashed by `pool`.
    #[must_use]
    pub fn new(
        users: Arc<dyn UserStore>,
        pool: HashingPool,
        options: AccountOptions,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let decoy = PasswordHash::dummy(pool.cost());
        Self { users, pool, options, decoy, clock }
    }

    /// The user that a stranger asks to become, ready to be kept.
    ///
    /// # Errors
    ///
    /// What is wrong with the address or the password, [`AccountsError::RegistrationClosed`],
    /// [`StoreError::EmailTaken`], or the failure of the store or of the hashing.
    pub async fn candidate(
        &self,
        email: &str,
        password: Password,
    ) -> Result<NewUser, AccountsError> {
        if !self.options.open_registration {
            return Err(AccountsError::RegistrationClosed);
        }
        let email = Email::parse(email)?;
        self.options.policy.check(&password, &email)?;
        self.hashed(email, password, false).await
    }

    /// Adds a user on behalf of an operator.
    ///
    /// # Errors
    ///
    /// What is wrong with the password, [`StoreError::EmailTaken`], or the failure of the store or
    /// of the hashing.
    pub async fn create(
        &self,
        email: Email,
        password: Password,
        is_admin: bool,
    ) -> Result<Account, AccountsError> {
        self.options.policy.check(&password, &email)?;
        let user = self.hashed(email, password, is_admin).await?;
        Ok(self.users.insert(user).await?)
    }

    /// The user with this address and this password, if there is one who may log in.
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
    ) -> Result<Option<Account>, AccountsError> {
        self.pool.check_capacity()?;
        let account = match Email::parse(email) {
            Ok(email) => self.users.by_email(&email).await?,
            Err(_) => None,
        };
        let hash = account.as_ref().map_or(&self.decoy, |account| &account.password_hash);
        let verified = self.pool.verify(password.clone(), hash.clone()).await?;
        let Some(account) = account.filter(|_| verified) else { return Ok(None) };
        if account.disabled {
            return Ok(None);
        }
        Ok(Some(self.renew_hash(account, password).await))
    }

    /// Sets a password on behalf of its user, who proves with the current one that it is them.
    /// Their sessions end and their tokens are void from now on; `session` takes their place.
    ///
    /// # Errors
    ///
    /// [`AccountsError::WrongPassword`], [`AccountsError::TokenInactive`], what is wrong with the new
    /// one, or the failure of the store or of the hashing.
    pub async fn change_password(
        &self,
        id: UserId,
        authorization: Authorization,
        current: Password,
        new: Password,
        session: NewSession,
    ) -> Result<(), AccountsError> {
        let account = self.verified(id, current).await?;
        self.options.policy.check(&new, &account.user.email)?;
        let hash = self.pool.hash(new).await?;
        // Of two who change it at once, the second no longer knows the current one.
        let password_hash = Some(account.password_hash);
        let authorization = Authorization { password_hash, ..authorization };
        Ok(self.users.change_password(id, &authorization, hash, session).await??)
    }

    /// Sets a password on behalf of an operator; the user's tokens are void from now on. `None`
    /// where there is no such user.
    ///
    /// # Errors
    ///
    /// What is wrong with the password, or the failure of the store or of the hashing.
    pub async fn set_password(
        &self,
        id: UserId,
        new: Password,
    ) -> Result<Option<Account>, AccountsError> {
        let Some(account) = self.users.by_id(id).await? else { return Ok(None) };
        self.options.policy.check(&new, &account.user.email)?;
        let password_hash = Some(self.pool.hash(new).await?);
        let change = Change { password_hash, revoke_tokens: true, ..Change::default() };
        Ok(self.users.change(id, change, self.clock.now().milliseconds()).await?)
    }

    /// Says whether a user is an administrator. `None` where there is no such user.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn set_admin(
        &self,
        id: UserId,
        is_admin: bool,
    ) -> Result<Option<Account>, AccountsError> {
        let change = Change { is_admin: Some(is_admin), ..Change::default() };
        Ok(self.users.change(id, change, self.clock.now().milliseconds()).await?)
    }

    /// Says whether a user may not log in; either way their tokens are void from now on. `None`
    /// where there is no such user.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn set_disabled(
        &self,
        id: UserId,
        disabled: bool,
    ) -> Result<Option<Account>, AccountsError> {
        let change = Change { disabled: Some(disabled), revoke_tokens: true, ..Change::default() };
        Ok(self.users.change(id, change, self.clock.now().milliseconds()).await?)
    }

    /// Removes a user on behalf of themselves; the password proves that it is them.
    ///
    /// # Errors
    ///
    /// [`AccountsError::WrongPassword`], [`AccountsError::TokenInactive`], or the failure of the store
    /// or of the hashing.
    pub async fn remove_own(
        &self,
        id: UserId,
        authorization: Authorization,
        password: Password,
    ) -> Result<(), AccountsError> {
        let password_hash = Some(self.verified(id, password).await?.password_hash);
        let authorization = Authorization { password_hash, ..authorization };
        Ok(self.users.remove_own(id, &authorization, self.clock.now().milliseconds()).await??)
    }

    /// Removes a user, whose tokens are worth nothing from now on. Says whether there was one.
    ///
    /// # Errors
    ///
    /// The failure of the store.
    pub async fn remove(&self, id: UserId) -> Result<bool, AccountsError> {
        Ok(self.users.remove(id).await?)
    }

    /// Whether the store answers.
    ///
    /// # Errors
    ///
    /// The failure of the store, where it does not.
    pub async fn ping(&self) -> Result<(), AccountsError> {
        Ok(self.users.ping().await?)
    }

    async fn hashed(
        &self,
        email: Email,
        password: Password,
        is_admin: bool,
    ) -> Result<NewUser, AccountsError> {
        self.pool.check_capacity()?;
        // Before the costly part; the store decides between those who race.
        if self.users.by_email(&email).await?.is_some() {
            return Err(StoreError::EmailTaken.into());
        }
        let password_hash = self.pool.hash(password).await?;
        let created_at = self.clock.now().milliseconds();
        Ok(NewUser { email, password_hash, is_admin, disabled: false, created_at })
    }

    async fn verified(&self, id: UserId, password: Password) -> Result<Account, AccountsError> {
        self.pool.check_capacity()?;
        let account = self.users.by_id(id).await?.filter(|account| !account.disabled);
        let account = account.ok_or(AccountsError::WrongPassword)?;
        if self.pool.verify(password, account.password_hash.clone()).await? {
            Ok(account)
        } else {
            Err(AccountsError::WrongPassword)
        }
    }

    /// Hashes a verified password anew whose hash is of another kind or cost than new ones are; gives the
    /// account as it is then. Where that fails the login does not: the next one tries again.
    async fn renew_hash(&self, account: Account, password: Password) -> Account {
        if !account.password_hash.needs_rehash(self.pool.cost(), &password) {
            return account;
        }
        let renewed = async {
            let change = Change {
                expected_hash: Some(account.password_hash.clone()),
                password_hash: Some(self.pool.hash(password).await?),
                ..Change::default()
            };
            let now = self.clock.now().milliseconds();
            Ok::<_, AccountsError>(self.users.change(account.user.id, change, now).await?)
        };
        match renewed.await {
            Ok(renewed) => renewed.unwrap_or(account),
            Err(error) => {
                warn!(user_id = %account.user.id, %error, "a password could not be hashed anew");
                account
            }
        }
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pool, options) = (&self.pool, &self.options);
        let mut shown = f.debug_struct("Accounts");
        shown.field("pool", pool).field("options", options).finish_non_exhaustive()
    }
}

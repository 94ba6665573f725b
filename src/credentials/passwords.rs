//! Hashing and verification of passwords.

use super::error::CredentialsError;
use crate::domain::Email;
use crate::password::{
    HashingPool, Origin, Password, PasswordHash, PasswordPolicy, PolicyViolation, PoolError,
};
use crate::store::Account;

/// Hashes and verifies passwords. A cheap handle.
#[derive(Clone, Debug)]
pub struct Passwords {
    pool: HashingPool,
    policy: PasswordPolicy,
    dummy_hash: PasswordHash,
}

impl Passwords {
    /// Passwords within `policy`, hashed by `pool`.
    #[must_use]
    pub fn new(pool: HashingPool, policy: PasswordPolicy) -> Self {
        let dummy_hash = PasswordHash::dummy(pool.cost());
        Self { pool, policy, dummy_hash }
    }

    /// Checks that a password may be set for the user with this address.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::Policy`]; [`CredentialsError::Unchecked`] or [`CredentialsError::Hashing`], where
    /// it cannot be checked.
    pub async fn check_policy(
        &self,
        password: &Password,
        email: &Email,
        origin: Origin,
    ) -> Result<(), CredentialsError> {
        let (policy, password) = (self.policy.clone(), password.clone());
        self.pool.check(policy.clone(), password.clone(), email.clone(), origin).await??;
        if policy.has_breached() {
            let read = tokio::task::spawn_blocking(move || policy.is_breached(&password)).await;
            let is_breached = read.map_err(|_| PoolError::Failed)?;
            if is_breached.map_err(CredentialsError::Unchecked)? {
                return Err(PolicyViolation::Breached.into());
            }
        }
        Ok(())
    }

    /// Checks that the hashing queue has capacity for this origin.
    ///
    /// # Errors
    ///
    /// [`PoolError::Busy`].
    pub fn check_capacity(&self, origin: Origin) -> Result<(), PoolError> {
        self.pool.check_capacity(origin)
    }

    /// Hashes a password.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn hash(
        &self,
        password: Password,
        origin: Origin,
    ) -> Result<PasswordHash, PoolError> {
        self.pool.hash(password, origin).await
    }

    /// Verifies the password of an account. Without an account, or without a password, it is
    /// verified against a dummy hash, which takes as long.
    ///
    /// # Errors
    ///
    /// [`PoolError`].
    pub async fn verify(
        &self,
        account: Option<&Account>,
        password: Option<Password>,
        origin: Origin,
    ) -> Result<bool, PoolError> {
        let (Some(account), Some(password)) = (account, password.clone()) else {
            let password = password.unwrap_or_else(Password::placeholder);
            self.pool.verify(password, self.dummy_hash.clone(), origin).await?;
            return Ok(false);
        };
        self.pool.verify(password, account.password_hash.clone(), origin).await
    }

    /// Whether a verified password has to be hashed again, with the current cost parameters.
    #[must_use]
    pub fn needs_rehash(&self, hash: &PasswordHash, password: &Password) -> bool {
        hash.needs_rehash(self.pool.cost(), password)
    }
}

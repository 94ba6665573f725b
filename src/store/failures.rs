//! Stored failures of the throttle.

use std::collections::HashMap;

use async_trait::async_trait;

use super::error::StoreError;
use crate::domain::Timestamp;
use crate::throttle::{FailureChange, FailureKey, Failures};

/// Failures by their key.
pub type FailureMap = HashMap<FailureKey, Failures>;

/// The maximum number of changes in one transaction.
pub const MAX_CHANGES: usize = 500;

/// Stores the failures that the throttle remembers, of all instances.
///
/// Each transaction that changes some has a version higher than those before it. Keys without
/// failures are kept for a while, so that instances learn that they have none.
#[async_trait]
pub trait FailureStore: Send + Sync + 'static {
    /// Applies changes in their order, at most [`MAX_CHANGES`].
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn change_failures(&self, changes: &[FailureChange]) -> Result<(), StoreError>;

    /// The failures that were changed by versions above `version`, and the version up to which they
    /// are: up to 10,000 keys of whole versions, by ascending version.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn failures_since(&self, version: i64) -> Result<(FailureMap, i64), StoreError>;

    /// Deletes failures before `before`, and those of the keys with the fewest beyond `capacity` keys.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    async fn delete_failures(&self, before: Timestamp, capacity: usize) -> Result<(), StoreError>;
}

//! Why nothing came of it.

use std::error::Error;
use std::sync::Arc;

/// Why a store did not do what it was asked.
///
/// Cheap to clone, since several callers may have waited for one answer.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another user has this e-mail address.
    #[error("another user has this e-mail address")]
    EmailTaken,
    /// The store cannot be reached, or failed; another try later may succeed.
    #[error("the store failed: {0}")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
}

//! The error of a store.

use std::error::Error;
use std::sync::Arc;

/// The store cannot be reached, or failed. The request may be retried.
///
/// Cheap to clone, since several callers may have waited for one look-up.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(#[source] pub Arc<dyn Error + Send + Sync>);

impl StoreError {
    pub(super) fn new(source: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

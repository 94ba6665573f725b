//! Administration of stored mails.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::store::{MailQuery, MailRecord, Store, StoreError};

/// The number of mails per query.
const PAGE: u32 = 500;

/// The stored mails. A cheap handle.
#[derive(Clone)]
pub struct Outbox {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Outbox {
    /// The mails in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The number of mails that are not sent yet and not given up.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn queued(&self) -> Result<u64, StoreError> {
        self.store.queued_mails().await
    }

    /// Lists mails, the newest first: those of the query, up to its limit.
    ///
    /// # Errors
    ///
    /// [`StoreError`], and that of `each`.
    pub async fn list<E: From<StoreError>>(
        &self,
        query: MailQuery,
        mut each: impl FnMut(MailRecord) -> Result<(), E>,
    ) -> Result<(), E> {
        let MailQuery { mut before, limit: mut left, .. } = query;
        while left > 0 {
            let page = MailQuery { before, limit: left.min(PAGE), ..query.clone() };
            let mails = self.store.mails(&page).await?;
            let Some(last) = mails.last() else { break };
            before = last.id;
            left = left.saturating_sub(u32::try_from(mails.len()).unwrap_or(u32::MAX));
            mails.into_iter().try_for_each(&mut each)?;
        }
        Ok(())
    }

    /// Sends a mail again that was given up, or that waits for its next attempt; it expires as a new one
    /// would. `false` where there is none, or where it was sent.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn retry(&self, id: i64) -> Result<bool, StoreError> {
        let query = MailQuery { id: Some(id), limit: 1, ..MailQuery::unsent() };
        let Some(mail) = self.store.mails(&query).await?.pop() else { return Ok(false) };
        let now = self.clock.now();
        self.store.retry_mail(id, now, now.saturating_add(mail.kind.lifetime())).await
    }

    /// Sends all mails that were not sent, and returns their number.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn retry_all(&self) -> Result<u64, StoreError> {
        let mut unsent = Vec::new();
        self.list(MailQuery::unsent(), |mail| {
            unsent.push(mail.id);
            Ok::<_, StoreError>(())
        })
        .await?;
        let mut count = 0;
        for id in unsent {
            count += u64::from(self.retry(id).await?);
        }
        Ok(count)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").finish_non_exhaustive()
    }
}

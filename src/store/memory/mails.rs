//! The outbox in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use super::stored_mail::StoredMail;
use crate::domain::Timestamp;
use crate::store::{DueMail, MailAttempt, MailQuery, MailRecord, MailState, MailStore, StoreError};

#[async_trait]
impl MailStore for MemoryStore {
    async fn take_due_mails(
        &self,
        now: Timestamp,
        lease: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueMail>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut tables = self.write();
        let is_due = |mail: &&mut StoredMail| matches!(mail.record.state, MailState::Queued(at) if at <= now);
        let due = tables.mails.values_mut().filter(is_due).take(limit);
        Ok(due
            .filter_map(|mail| {
                mail.record.state = MailState::Queued(lease);
                mail.record.attempts += 1;
                let content = mail.content.clone()?;
                Some(DueMail { record: mail.record.clone(), content })
            })
            .collect())
    }

    async fn finish_mail(
        &self,
        id: i64,
        outcome: MailAttempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let Some(StoredMail { record, content }) = self.write().mails.get_mut(&id) {
            match outcome {
                MailAttempt::Sent => {
                    record.state = MailState::Sent(now);
                    *content = None;
                }
                MailAttempt::Retry(at, error) => {
                    record.state = MailState::Queued(at);
                    record.last_error = Some(error);
                }
                MailAttempt::GivenUp(error) => {
                    record.state = MailState::Failed;
                    record.last_error = Some(error);
                }
            }
        }
        Ok(())
    }

    async fn mails(&self, query: &MailQuery) -> Result<Vec<MailRecord>, StoreError> {
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let is_found = |record: &&MailRecord| {
            query.id.is_none_or(|id| record.id == id)
                && query.recipient.as_ref().is_none_or(|recipient| record.recipient == *recipient)
                && (query.sent || !matches!(record.state, MailState::Sent(_)))
        };
        let tables = self.read();
        let mails = tables.mails.range(..query.before).rev().map(|(_, mail)| &mail.record);
        Ok(mails.filter(is_found).take(limit).cloned().collect())
    }

    async fn queued_mails(&self) -> Result<u64, StoreError> {
        let is_queued = |mail: &&StoredMail| matches!(mail.record.state, MailState::Queued(_));
        Ok(self.read().mails.values().filter(is_queued).count() as u64)
    }

    async fn retry_mail(
        &self,
        id: i64,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tables = self.write();
        let unsent = tables.mails.get_mut(&id).filter(|mail| mail.content.is_some());
        Ok(unsent.is_some_and(|mail| {
            mail.record.state = MailState::Queued(now);
            mail.record.expires_at = expires_at;
            true
        }))
    }

    async fn delete_old_mails(&self, before: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.write();
        tables.mails.retain(|_, mail| {
            mail.record.created_at >= before || matches!(mail.record.state, MailState::Queued(_))
        });
        tables.one_time_tokens.retain(|_, stored| stored.token.expires_at >= before);
        Ok(())
    }
}

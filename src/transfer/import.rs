//! Import of users into the store, in batches.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::Arc;

use super::error::{RecordError, TransferError};
use super::preset::Preset;
use super::record::{self, RecordContext};
use super::user_file::{ImportRecord, UserFile};
use crate::domain::{AuditEvent, AuditKind, Timestamp, printable};
use crate::password::FirebaseProject;
use crate::store::{Effects, NewUser, Store, StoreError};

/// The number of records per batch.
const BATCH: usize = 1000;

/// Options of an import.
#[derive(Debug, Default)]
pub struct ImportOptions {
    /// The system whose columns the file has.
    pub preset: Preset,
    /// Validate the file and write nothing.
    pub dry_run: bool,
    /// Import a user without a usable password hash as an account without a password.
    pub allow_unusable: bool,
    /// The Firebase project of the hashes, for [`Preset::Firebase`].
    pub firebase: Option<FirebaseProject>,
}

/// Imports users into a store.
pub struct Importer {
    store: Arc<dyn Store>,
    options: ImportOptions,
    now: i64,
    /// The first line of each address, by the hash of the address.
    seen: HashMap<u64, u64>,
    hasher: RandomState,
    batch: Vec<PendingRecord>,
    summary: ImportSummary,
}

/// A record of the batch.
struct PendingRecord {
    line: u64,
    address: Option<String>,
    user: Result<NewUser, RecordError>,
}

/// The numbers of imported and skipped records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Imported users; in a dry run, users that would be imported.
    pub imported: u64,
    /// Rejected records: malformed ones, and duplicates of earlier records.
    pub rejected: u64,
    /// Users whose address already existed in the store.
    pub existing: u64,
}

/// The reason why a record was skipped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkipReason {
    /// The record is malformed.
    #[error(transparent)]
    Rejected(#[from] RecordError),
    /// An earlier record has the same address.
    #[error("the address is the same as on line {0}")]
    Duplicate(u64),
    /// A user with this address already existed in the store.
    #[error("the address already exists")]
    AlreadyExists,
}

/// A skipped record. `Display` is one line without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedRecord {
    /// The first line of the record, from 1.
    pub line: u64,
    /// The e-mail address as in the file.
    pub address: Option<String>,
    /// The reason.
    pub reason: SkipReason,
}

impl fmt::Display for SkippedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(address) = &self.address {
            write!(f, "{}: ", printable(address))?;
        }
        self.reason.fmt(f)
    }
}

impl Importer {
    /// An importer into `store`. `now`: Unix milliseconds.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, options: ImportOptions, now: i64) -> Self {
        Self {
            store,
            options,
            now,
            seen: HashMap::new(),
            hasher: RandomState::new(),
            batch: Vec::with_capacity(BATCH),
            summary: ImportSummary::default(),
        }
    }

    /// Imports the users of a file whose addresses are new. Reports each skipped record, in the order of
    /// the file.
    ///
    /// Each thousand records are one transaction. After an interruption, the same import imports the
    /// rest.
    ///
    /// # Errors
    ///
    /// [`TransferError`]; earlier batches remain imported.
    pub async fn import(
        mut self,
        mut file: UserFile,
        mut report: impl FnMut(SkippedRecord),
    ) -> Result<ImportSummary, TransferError> {
        loop {
            let record = file.next();
            let is_end = !matches!(record, Ok(Some(_)));
            if is_end || self.batch.len() == BATCH {
                self.insert_batch(&mut report).await?;
            }
            let Some(ImportRecord { line, address, fields }) = record? else {
                return Ok(self.summary);
            };
            let context = RecordContext {
                columns: self.options.preset.columns(),
                now: self.now,
                allow_unusable: self.options.allow_unusable,
                firebase: self.options.firebase.as_ref(),
            };
            let user = fields.and_then(|fields| record::user(&fields, &context));
            self.batch.push(PendingRecord { line, address, user });
        }
    }

    /// Inserts the users of the batch, and reports its other records.
    async fn insert_batch(
        &mut self,
        report: &mut impl FnMut(SkippedRecord),
    ) -> Result<(), TransferError> {
        let mut users = Vec::with_capacity(self.batch.len());
        let mut records = Vec::with_capacity(self.batch.len());
        for PendingRecord { line, address, user } in mem::take(&mut self.batch) {
            let reason = match user {
                Ok(user) => {
                    let hash = self.hasher.hash_one(&user.email);
                    let first = *self.seen.entry(hash).or_insert(line);
                    users.push(user);
                    if first == line {
                        SkipReason::AlreadyExists
                    } else {
                        SkipReason::Duplicate(first)
                    }
                }
                Err(error) => SkipReason::Rejected(error),
            };
            records.push(SkippedRecord { line, address, reason });
        }
        let inserted = self.insert(users, &records).await;
        let mut is_inserted = inserted.iter().flatten();
        for record in records {
            match record.reason {
                SkipReason::Rejected(_) => self.summary.rejected += 1,
                // The error of the store covers the other records.
                _ if inserted.is_err() => continue,
                _ if is_inserted.next() == Some(&true) => {
                    self.summary.imported += 1;
                    continue;
                }
                SkipReason::Duplicate(_) => self.summary.rejected += 1,
                SkipReason::AlreadyExists => self.summary.existing += 1,
            }
            report(record);
        }
        inserted.map(drop).map_err(TransferError::from)
    }

    /// Whether each user was inserted, or would be in a dry run.
    async fn insert(
        &self,
        users: Vec<NewUser>,
        records: &[SkippedRecord],
    ) -> Result<Vec<bool>, StoreError> {
        let mut exists = Vec::with_capacity(users.len());
        for user in &users {
            // The store would not detect a conflict with the former spelling of an address.
            let is_looked_up = self.options.dry_run || user.email.former().is_some();
            exists.push(is_looked_up && self.store.by_email(&user.email).await?.is_some());
        }
        if self.options.dry_run {
            let records =
                records.iter().filter(|record| !matches!(record.reason, SkipReason::Rejected(_)));
            let is_first = records.map(|record| record.reason == SkipReason::AlreadyExists);
            return Ok(is_first.zip(exists).map(|(first, exists)| first && !exists).collect());
        }
        let new =
            users.into_iter().zip(&exists).filter_map(|(user, exists)| (!exists).then_some(user));
        let now = Timestamp::from_milliseconds(self.now);
        let effects = |count: &usize| {
            let event = AuditEvent::of_operator(now, AuditKind::UsersImported, None);
            let event = event.with_details(format!("{count} users"));
            Some(if *count == 0 { Effects::none() } else { event.into() })
        };
        let mut inserted = self.store.insert_many(new.collect(), &effects).await?.into_iter();
        Ok(exists.iter().map(|exists| !exists && inserted.next().unwrap_or(false)).collect())
    }
}

impl fmt::Debug for Importer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Importer").field("summary", &self.summary).finish_non_exhaustive()
    }
}

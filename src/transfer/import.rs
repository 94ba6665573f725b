//! Rows into the store, in batches.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::Arc;

use super::error::{RowError, TransferError};
use super::lines::{Line, Lines};
use super::preset::Preset;
use super::row::{self, Reading};
use crate::domain::{AuditEvent, AuditKind, Timestamp, printable};
use crate::password::FirebaseProject;
use crate::store::{Effects, NewUser, Store, StoreError};

/// How many rows are kept in one step.
const BATCH: usize = 1000;

/// How a file is imported.
#[derive(Debug, Default)]
pub struct ImportOptions {
    /// Whose columns they are.
    pub preset: Preset,
    /// Check everything, and write nothing.
    pub dry_run: bool,
    /// A user without a usable password hash becomes an account without a password.
    pub allow_unusable: bool,
    /// The project whose hashes those of [`Preset::Firebase`] are.
    pub firebase: Option<FirebaseProject>,
}

/// Imports users into a store.
pub struct Importer {
    store: Arc<dyn Store>,
    options: ImportOptions,
    now: i64,
    /// On which line each address was first, by its hash: all that has to be remembered of it.
    seen: HashMap<u64, u64>,
    hasher: RandomState,
    batch: Vec<Pending>,
    summary: Summary,
}

/// A row of the batch.
struct Pending {
    line: u64,
    address: Option<String>,
    user: Result<NewUser, RowError>,
}

/// How many rows there were of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Users who were imported, or would be in a dry run.
    pub imported: u64,
    /// Rows that are no users, and the second and later ones of one user.
    pub refused: u64,
    /// Users whose address was in the store before.
    pub already_there: u64,
}

/// Why a row was not imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skipped {
    /// It is no user.
    #[error(transparent)]
    Refused(#[from] RowError),
    /// An earlier row of the file is a user with the same address.
    #[error("the address is the same as on line {0}")]
    Duplicate(u64),
    /// A user with this address was in the store before.
    #[error("the address is there already")]
    AlreadyThere,
}

/// A row that was not imported. `Display` is one line, without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Where the row begins, counted from 1.
    pub line: u64,
    /// The address, as it is written.
    pub address: Option<String>,
    /// Why it was not imported.
    pub reason: Skipped,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        if let Some(address) = &self.address {
            write!(f, "{}: ", printable(address))?;
        }
        self.reason.fmt(f)
    }
}

impl Importer {
    /// An importer into `users`; `now` is in Unix milliseconds.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, options: ImportOptions, now: i64) -> Self {
        Self {
            store,
            options,
            now,
            seen: HashMap::new(),
            hasher: RandomState::new(),
            batch: Vec::with_capacity(BATCH),
            summary: Summary::default(),
        }
    }

    /// Imports all rows of a file that are users whose address is free, and reports every other
    /// one, in the order of the file.
    ///
    /// A thousand rows are one transaction. Where it stops half-way, the same again imports the
    /// rest.
    ///
    /// # Errors
    ///
    /// [`TransferError`], and then what was kept before that stays.
    pub async fn import(
        mut self,
        mut lines: Lines,
        mut report: impl FnMut(Report),
    ) -> Result<Summary, TransferError> {
        loop {
            let line = lines.next();
            let is_end = !matches!(line, Ok(Some(_)));
            if is_end || self.batch.len() == BATCH {
                self.keep(&mut report).await?;
            }
            let Some(Line { number, address, row }) = line? else { return Ok(self.summary) };
            let reading = Reading {
                columns: self.options.preset.columns(),
                now: self.now,
                allow_unusable: self.options.allow_unusable,
                firebase: self.options.firebase.as_ref(),
            };
            let user = row.and_then(|row| row::user(&row, &reading));
            self.batch.push(Pending { line: number, address, user });
        }
    }

    /// Keeps the users of the batch, and reports its other rows.
    async fn keep(&mut self, report: &mut impl FnMut(Report)) -> Result<(), TransferError> {
        let mut users = Vec::with_capacity(self.batch.len());
        let mut rows = Vec::with_capacity(self.batch.len());
        for Pending { line, address, user } in mem::take(&mut self.batch) {
            let refused = match user {
                Ok(user) => {
                    let hash = self.hasher.hash_one(&user.email);
                    let first = *self.seen.entry(hash).or_insert(line);
                    users.push(user);
                    if first == line { Skipped::AlreadyThere } else { Skipped::Duplicate(first) }
                }
                Err(error) => Skipped::Refused(error),
            };
            rows.push(Report { line, address, reason: refused });
        }
        let kept = self.insert(users, &rows).await;
        let mut is_kept = kept.iter().flatten();
        for row in rows {
            match row.reason {
                Skipped::Refused(_) => self.summary.refused += 1,
                // What the store failed to keep is reported with its error.
                _ if kept.is_err() => continue,
                _ if is_kept.next() == Some(&true) => {
                    self.summary.imported += 1;
                    continue;
                }
                Skipped::Duplicate(_) => self.summary.refused += 1,
                Skipped::AlreadyThere => self.summary.already_there += 1,
            }
            report(row);
        }
        kept.map(drop).map_err(TransferError::from)
    }

    /// Says for each user whether they were kept, or would be.
    async fn insert(&self, users: Vec<NewUser>, rows: &[Report]) -> Result<Vec<bool>, StoreError> {
        let mut is_there = Vec::with_capacity(users.len());
        for user in &users {
            // Of an address that was kept in another spelling, the store would not see a conflict.
            let is_sought = self.options.dry_run || user.email.former().is_some();
            is_there.push(is_sought && self.store.by_email(&user.email).await?.is_some());
        }
        if self.options.dry_run {
            let rows = rows.iter().filter(|row| !matches!(row.reason, Skipped::Refused(_)));
            let is_first = rows.map(|row| row.reason == Skipped::AlreadyThere);
            return Ok(is_first.zip(is_there).map(|(first, there)| first && !there).collect());
        }
        let new =
            users.into_iter().zip(&is_there).filter_map(|(user, there)| (!there).then_some(user));
        let now = Timestamp::from_milliseconds(self.now);
        let effects = |count: &usize| {
            let event = AuditEvent::of_operator(now, AuditKind::UsersImported, None);
            let event = event.with_details(format!("{count} users"));
            Some(if *count == 0 { Effects::none() } else { event.into() })
        };
        let mut kept = self.store.insert_many(new.collect(), &effects).await?.into_iter();
        Ok(is_there.iter().map(|there| !there && kept.next().unwrap_or(false)).collect())
    }
}

impl fmt::Debug for Importer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Importer").field("summary", &self.summary).finish_non_exhaustive()
    }
}

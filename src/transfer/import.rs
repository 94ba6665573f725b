//! Rows into the store, in batches.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::Arc;

use super::error::{RowError, TransferError};
use super::lines::Lines;
use super::preset::Preset;
use super::row;
use crate::store::{NewUser, UserStore};

/// How many users are kept in one step.
const BATCH: usize = 1000;

/// Imports users into a store.
pub struct Importer {
    users: Arc<dyn UserStore>,
    preset: Preset,
    now: i64,
    /// Of a dry run, what its users' addresses hash to: all that has to be remembered of them.
    seen: Option<HashSet<u64>>,
    hasher: RandomState,
    batch: Vec<(u64, NewUser)>,
    summary: Summary,
}

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Users who were imported, or would be in a dry run.
    pub imported: u64,
    /// Rows that are no users.
    pub refused: u64,
    /// Users whose address was there already.
    pub already_there: u64,
}

/// Why a row was not imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skipped {
    /// It is no user.
    #[error(transparent)]
    Refused(#[from] RowError),
    /// There is a user with this address.
    #[error("the address is there already")]
    AlreadyThere,
}

impl Importer {
    /// An importer of rows with the columns of `preset`. `now` is the moment, in milliseconds; a
    /// dry run checks everything and writes nothing.
    #[must_use]
    pub fn new(users: Arc<dyn UserStore>, preset: Preset, now: i64, dry_run: bool) -> Self {
        Self {
            users,
            preset,
            now,
            seen: dry_run.then(HashSet::new),
            hasher: RandomState::new(),
            batch: Vec::with_capacity(BATCH),
            summary: Summary::default(),
        }
    }

    /// Imports all rows of a file that are users whose address is free, and tells of every other
    /// one, with its line.
    ///
    /// A thousand are kept in one step. Where it stops half-way, the same again imports the rest.
    ///
    /// # Errors
    ///
    /// [`TransferError`], and then what was kept before that stays.
    pub async fn import(
        mut self,
        mut lines: Lines,
        mut tell: impl FnMut(u64, Skipped),
    ) -> Result<Summary, TransferError> {
        while let Some((number, row)) = lines.next()? {
            match row.and_then(|row| row::user(&row, self.preset, self.now)) {
                Ok(user) => self.batch.push((number, user)),
                Err(error) => {
                    self.summary.refused += 1;
                    tell(number, error.into());
                }
            }
            if self.batch.len() == BATCH {
                self.keep(&mut tell).await?;
            }
        }
        self.keep(&mut tell).await?;
        Ok(self.summary)
    }

    async fn keep(&mut self, tell: &mut impl FnMut(u64, Skipped)) -> Result<(), TransferError> {
        let (numbers, users): (Vec<_>, Vec<_>) = mem::take(&mut self.batch).into_iter().unzip();
        let kept = match &mut self.seen {
            None => self.users.insert_many(users).await?,
            Some(seen) => {
                let mut free = Vec::with_capacity(users.len());
                for user in users {
                    let is_new = seen.insert(self.hasher.hash_one(&user.email));
                    free.push(is_new && self.users.by_email(&user.email).await?.is_none());
                }
                free
            }
        };
        for (number, is_kept) in numbers.into_iter().zip(kept) {
            if is_kept {
                self.summary.imported += 1;
            } else {
                self.summary.already_there += 1;
                tell(number, Skipped::AlreadyThere);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Importer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Importer").field("summary", &self.summary).finish_non_exhaustive()
    }
}

//! Sessions, found in three ways.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::{SessionId, UserId};
use crate::store::Session;

/// How many sessions that are over are forgotten with each that is opened: more than one, so that
/// they never pile up.
const FORGOTTEN: usize = 4;

#[derive(Debug, Default)]
pub(super) struct SessionTable {
    pub(super) entries: HashMap<SessionId, Arc<Session>>,
    by_user: BTreeSet<(UserId, SessionId)>,
    by_expiry: BTreeSet<(i64, SessionId)>,
}

impl SessionTable {
    pub(super) fn put(&mut self, session: Session) {
        self.take(session.id);
        self.by_user.insert((session.user, session.id));
        self.by_expiry.insert((session.expires_at, session.id));
        self.entries.insert(session.id, Arc::new(session));
    }

    pub(super) fn take(&mut self, id: SessionId) -> Option<Arc<Session>> {
        let session = self.entries.remove(&id)?;
        self.by_user.remove(&(session.user, id));
        self.by_expiry.remove(&(session.expires_at, id));
        Some(session)
    }

    pub(super) fn of(&self, user: UserId) -> impl Iterator<Item = &Arc<Session>> {
        let (first, last) = (SessionId::MIN, SessionId::MAX);
        let ids = self.by_user.range((user, first)..=(user, last));
        ids.filter_map(|(_, id)| self.entries.get(id))
    }

    pub(super) fn forget_expired(&mut self, now: i64) {
        for _ in 0..FORGOTTEN {
            match self.by_expiry.first() {
                Some((expires_at, id)) if *expires_at <= now => self.take(*id),
                _ => return,
            };
        }
    }

    pub(super) fn end_all_of(&mut self, user: UserId, kept: Option<SessionId>) {
        let ids: Vec<_> = self.of(user).map(|session| session.id).collect();
        for id in ids.into_iter().filter(|id| Some(*id) != kept) {
            self.take(id);
        }
    }
}

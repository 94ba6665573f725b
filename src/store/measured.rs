//! A store whose operations are measured.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;

use super::administration::{AdministrationStore, Deletion, UserQuery, UserUpdate};
use super::authorization::{Authority, Authorization, Unauthorized};
use super::commands::{
    AuditQuery, EndedSessions, Extension, Insertion, Opening, PasswordChange, Registration,
};
use super::effects::{Commit, Effects};
use super::error::StoreError;
use super::mails::{DueMail, MailAttempt, MailQuery, MailRecord, MailStore};
use super::one_time_tokens::{
    CodeLogin, CodeRedemption, OneTimeTokenStore, RedeemedChange, Redemption,
};
use super::records::{Account, AuditRecord, CallerStatus, NewSession, NewUser, Session};
use super::rotation::{PresentedToken, Rotation, RotationRules};
use super::traits::{AuditStore, CallerLookup, SessionStore, Store, UserStore};
use super::user_change::{UpdatedUser, UserChange};
use crate::domain::{AuditEvent, Email, SessionId, Timestamp, UserId};
use crate::metrics::StoreMetrics;
use crate::password::PasswordHash;
use crate::token::{OneTimeToken, TokenPurpose};

/// A store, each of whose operations is measured under the name of its method.
#[derive(Clone)]
pub struct MeasuredStore {
    inner: Arc<dyn Store>,
    metrics: StoreMetrics,
}

impl MeasuredStore {
    /// Measures the operations of `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, metrics: StoreMetrics) -> Self {
        Self { inner, metrics }
    }

    async fn measure<T>(
        &self,
        operation: &'static str,
        run: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        let result = run.await;
        self.metrics.record(operation, start.elapsed(), result.is_err());
        result
    }
}

/// Implements a trait by its methods, each of which is measured.
macro_rules! measured {
    ($trait:ident: $(
        fn $name:ident($($argument:ident: $type:ty),*) -> $outcome:ty;
    )+) => {
        #[async_trait]
        impl $trait for MeasuredStore {
            $(
                async fn $name(&self, $($argument: $type),*) -> Result<$outcome, StoreError> {
                    self.measure(stringify!($name), self.inner.$name($($argument),*)).await
                }
            )+
        }
    };
}

measured! { UserStore:
    fn insert(user: NewUser, effects: Commit<'_, UserId>) -> Insertion;
    fn insert_many(users: Vec<NewUser>, effects: Commit<'_, usize>) -> Vec<bool>;
    fn by_id(id: UserId) -> Option<Account>;
    fn by_email(email: &Email) -> Option<Account>;
    fn page(after: UserId, limit: u32) -> Vec<Account>;
    fn rehash(
        id: UserId, expected: &PasswordHash, new: PasswordHash, now: Timestamp
    ) -> Option<Account>;
    fn change_password(change: PasswordChange, effects: Effects) -> Result<(), Unauthorized>;
    fn delete_own(
        id: UserId, authorization: &Authorization, now: Timestamp, effects: Effects
    ) -> Result<Deletion, Unauthorized>;
    fn ping() -> ();
}

measured! { SessionStore:
    fn register(user: NewUser, session: NewSession, effects: Commit<'_, UserId>) -> Registration;
    fn open(
        verified: &Account, session: NewSession, effects: Commit<'_, Vec<SessionId>>
    ) -> Opening;
    fn rotate(
        token: &PresentedToken, rules: RotationRules, effects: Commit<'_, Rotation>
    ) -> Rotation;
    fn extend(extension: &Extension) -> bool;
    fn session(id: SessionId) -> Option<Session>;
    fn sessions_of(user: UserId, now: Timestamp, limit: u32) -> Vec<Session>;
    fn end(id: SessionId, effects: Commit<'_, Session>) -> Option<Session>;
    fn end_own(
        user: UserId, authorization: &Authorization, ended: EndedSessions, now: Timestamp,
        effects: Effects
    ) -> Result<bool, Unauthorized>;
}

#[async_trait]
impl CallerLookup for MeasuredStore {
    fn cached(&self, user: UserId, session: Option<SessionId>) -> Option<Option<CallerStatus>> {
        self.inner.cached(user, session)
    }

    async fn resolve(
        &self,
        user: UserId,
        session: Option<SessionId>,
    ) -> Result<Option<CallerStatus>, StoreError> {
        self.measure("resolve", self.inner.resolve(user, session)).await
    }
}

measured! { AuditStore:
    fn append(event: AuditEvent) -> ();
    fn append_many(events: &[AuditEvent]) -> ();
    fn events(query: &AuditQuery) -> Vec<AuditRecord>;
}

measured! { AdministrationStore:
    fn find_users(query: &UserQuery) -> Vec<Account>;
    fn create_user(
        user: NewUser, authority: &Authority, effects: Commit<'_, UserId>
    ) -> Result<Insertion, Unauthorized>;
    fn update_user(
        id: UserId, change: &UserChange, authority: &Authority, now: Timestamp,
        effects: Commit<'_, UpdatedUser>
    ) -> Result<UserUpdate, Unauthorized>;
    fn set_password(
        id: UserId, password_hash: PasswordHash, authority: &Authority, now: Timestamp,
        effects: Effects
    ) -> Result<Option<Account>, Unauthorized>;
    fn end_sessions(
        user: UserId, session: Option<SessionId>, authority: &Authority, now: Timestamp,
        effects: Effects
    ) -> Result<bool, Unauthorized>;
    fn delete_user(
        id: UserId, authority: &Authority, now: Timestamp, effects: Effects
    ) -> Result<Deletion, Unauthorized>;
}

measured! { MailStore:
    fn take_due_mails(now: Timestamp, lease: Timestamp, limit: u32) -> Vec<DueMail>;
    fn finish_mail(id: i64, outcome: MailAttempt, now: Timestamp) -> ();
    fn mails(query: &MailQuery) -> Vec<MailRecord>;
    fn queued_mails() -> u64;
    fn retry_mail(id: i64, now: Timestamp, expires_at: Timestamp) -> bool;
    fn delete_old_mails(before: Timestamp) -> ();
}

measured! { OneTimeTokenStore:
    fn issue_token(account: &Account, effects: Effects) -> bool;
    fn commit(effects: Effects) -> ();
    fn token_account(
        token: &OneTimeToken, purpose: TokenPurpose, now: Timestamp
    ) -> Option<Account>;
    fn redeem(
        token: &OneTimeToken, purpose: TokenPurpose, change: RedeemedChange, now: Timestamp,
        effects: Commit<'_, Redemption>
    ) -> Redemption;
    fn log_in_by_code(login: CodeLogin, effects: Commit<'_, Vec<SessionId>>) -> CodeRedemption;
}

impl fmt::Debug for MeasuredStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeasuredStore").finish_non_exhaustive()
    }
}

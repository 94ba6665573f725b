//! The maps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;

use super::stored_mail::{StoredMail, StoredToken};
use crate::domain::{AuditEvent, Email, SessionId, Timestamp, User, UserId};
use crate::store::authorization::Current;
use crate::store::{
    Account, AuditRecord, Authority, Authorization, Deletion, Effects, MAIL_LIMIT,
    MAIL_LIMIT_PERIOD, MailRecord, MailState, NewSession, NewUser, OutgoingMail, SESSION_LIMIT,
    Session, Unauthorized,
};
use crate::token::TokenDigest;

/// How many audit events are stored; older ones are deleted.
const AUDIT_LIMIT: usize = 10_000;

/// How many expired sessions are deleted with each that is opened: more than one, so that they do
/// not accumulate.
const EXPIRED_PER_LOGIN: usize = 4;

#[derive(Default)]
pub(super) struct Tables {
    last_id: i64,
    pub(super) users: BTreeMap<UserId, Account>,
    ids: HashMap<Email, UserId>,
    pub(super) sessions: HashMap<SessionId, Session>,
    sessions_by_user: BTreeSet<(UserId, SessionId)>,
    sessions_by_expiry: BTreeSet<(Timestamp, SessionId)>,
    pub(super) events: VecDeque<AuditRecord>,
    last_event: i64,
    pub(super) mails: BTreeMap<i64, StoredMail>,
    last_mail: i64,
    pub(super) one_time_tokens: HashMap<TokenDigest, StoredToken>,
}

impl Tables {
    pub(super) fn next_id(&self) -> UserId {
        UserId(self.last_id + 1)
    }

    /// Inserts a user, whose address is free.
    pub(super) fn insert_user(&mut self, new: NewUser) -> Account {
        let id = self.next_id();
        self.last_id = id.0;
        let account = Account {
            user: User {
                id,
                email: new.email.clone(),
                is_admin: new.is_admin,
                email_verified: new.email_verified,
            },
            password_hash: new.password_hash,
            disabled: new.disabled,
            metadata: new.metadata,
            created_at: new.created_at,
            changed_at: new.created_at,
            last_login_at: None,
            tokens_valid_after: Timestamp::UNIX_EPOCH,
        };
        self.ids.insert(new.email, id);
        self.users.insert(id, account.clone());
        account
    }

    pub(super) fn by_email(&self, email: &Email) -> Option<&Account> {
        self.users.get(self.ids.get(email)?)
    }

    /// Deletes a user and the user's sessions; `false` where the user does not exist.
    pub(super) fn delete_user(&mut self, id: UserId) -> bool {
        self.end_sessions_of(id, None);
        let Some(account) = self.users.remove(&id) else { return false };
        self.ids.remove(&account.user.email);
        self.one_time_tokens.retain(|_, stored| stored.token.user != id);
        true
    }

    /// Deletes a user, unless there would be no administrator any more.
    pub(super) fn delete_protected(&mut self, id: UserId, effects: Effects) -> Deletion {
        if self.is_last_administrator(id) {
            return Deletion::LastAdministrator;
        }
        if !self.delete_user(id) {
            return Deletion::NotFound;
        }
        self.apply(effects);
        Deletion::Deleted
    }

    /// Replaces a user by a version whose address is free or the user's.
    pub(super) fn replace_user(&mut self, account: Account) {
        let id = account.user.id;
        let email = account.user.email.clone();
        if let Some(before) = self.users.insert(id, account) {
            self.ids.remove(&before.user.email);
        }
        self.ids.insert(email, id);
    }

    /// Inserts a session, or replaces the one with its id.
    pub(super) fn put_session(&mut self, session: Session) {
        self.delete_session(session.id);
        self.sessions_by_user.insert((session.user, session.id));
        self.sessions_by_expiry.insert((session.idle_expires_at, session.id));
        self.sessions.insert(session.id, session);
    }

    pub(super) fn delete_session(&mut self, id: SessionId) -> Option<Session> {
        let session = self.sessions.remove(&id)?;
        self.sessions_by_user.remove(&(session.user, id));
        self.sessions_by_expiry.remove(&(session.idle_expires_at, id));
        Some(session)
    }

    /// The sessions of a user, the last used first.
    pub(super) fn sessions_of(&self, user: UserId) -> Vec<&Session> {
        let ids = self.sessions_by_user.range((user, SessionId::MIN)..=(user, SessionId::MAX));
        let mut sessions: Vec<_> = ids.filter_map(|(_, id)| self.sessions.get(id)).collect();
        sessions.sort_by_key(|session| Reverse((session.last_used_at, session.id)));
        sessions
    }

    pub(super) fn end_sessions_of(&mut self, user: UserId, except: Option<SessionId>) {
        let ids: Vec<_> = self.sessions_of(user).iter().map(|session| session.id).collect();
        for id in ids.into_iter().filter(|id| Some(*id) != except) {
            self.delete_session(id);
        }
    }

    /// Stores a login: its time and its session. Ends the sessions `over_limit`.
    pub(super) fn log_in(&mut self, user: UserId, new: NewSession, over_limit: &[SessionId]) {
        let now = new.created_at;
        for id in over_limit {
            self.delete_session(*id);
        }
        for _ in 0..EXPIRED_PER_LOGIN {
            match self.sessions_by_expiry.first() {
                Some((expiry, id)) if *expiry <= now => self.delete_session(*id),
                _ => break,
            };
        }
        if let Some(account) = self.users.get_mut(&user) {
            account.last_login_at = Some(now);
        }
        self.put_session(new.of(user));
    }

    /// The least recently used sessions of a user that end when one more is opened.
    pub(super) fn sessions_over_limit(&self, user: UserId) -> Vec<SessionId> {
        let others = self.sessions_of(user).into_iter().skip(SESSION_LIMIT - 1);
        others.map(|session| session.id).collect()
    }

    /// The user whom an authorization still authorizes.
    pub(super) fn authorized(
        &self,
        id: UserId,
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<Account, Unauthorized> {
        let account = self.users.get(&id).ok_or(Unauthorized::TokenInactive)?;
        let session = authorization.session.and_then(|session| self.sessions.get(&session));
        let session = session.filter(|session| session.user == id);
        let verified = authorization.password_hash.as_ref();
        let current = Current {
            disabled: account.disabled,
            tokens_valid_after: account.tokens_valid_after,
            session_expires_at: session.map(|session| session.idle_expires_at),
            is_same_hash: verified.is_none_or(|verified| *verified == account.password_hash),
        };
        authorization.check(&current, now).map(|()| account.clone())
    }

    /// Checks the authority of an administrative change.
    pub(super) fn check_authority(
        &self,
        authority: &Authority,
        now: Timestamp,
    ) -> Result<(), Unauthorized> {
        let Authority::Administrator(user, authorization) = authority else { return Ok(()) };
        let account = self.authorized(*user, authorization, now)?;
        if account.user.is_admin { Ok(()) } else { Err(Unauthorized::NotAdministrator) }
    }

    /// Whether no administrator is left who is not disabled, but `user`.
    pub(super) fn is_last_administrator(&self, user: UserId) -> bool {
        let mut active = self.users.values().filter(|account| account.is_active_admin());
        let is_active = self.users.get(&user).is_some_and(Account::is_active_admin);
        is_active && active.all(|account| account.user.id == user)
    }

    /// Stores the effects of a change that was made.
    pub(super) fn apply(&mut self, effects: Effects) {
        effects.log();
        self.insert_events(effects.events);
        effects.mails.into_iter().for_each(|mail| self.insert_mail(mail));
    }

    /// Inserts a mail and the token of its link, unless its recipient has got too many.
    fn insert_mail(&mut self, OutgoingMail { mail, token }: OutgoingMail) {
        let since = mail.created_at.saturating_sub(MAIL_LIMIT_PERIOD);
        let is_counted = |other: &&StoredMail| {
            other.record.recipient == mail.recipient
                && other.record.kind == mail.kind
                && other.record.created_at > since
        };
        let limit = usize::try_from(MAIL_LIMIT).unwrap_or(usize::MAX);
        if self.mails.values().filter(is_counted).count() >= limit {
            return;
        }
        if let Some(token) = token {
            if token.purpose.replaces_earlier() {
                self.one_time_tokens.retain(|_, other| {
                    (other.token.user, other.token.purpose) != (token.user, token.purpose)
                });
            }
            self.one_time_tokens.insert(token.digest, StoredToken { token, tries: 0 });
        }
        self.last_mail += 1;
        let record = MailRecord {
            id: self.last_mail,
            kind: mail.kind,
            recipient: mail.recipient,
            created_at: mail.created_at,
            expires_at: mail.expires_at,
            attempts: 0,
            state: MailState::Queued(mail.created_at),
            last_error: None,
        };
        let content = Some(mail.content);
        self.mails.insert(record.id, StoredMail { record, content });
    }

    pub(super) fn insert_events(&mut self, events: impl IntoIterator<Item = AuditEvent>) {
        for event in events {
            self.last_event += 1;
            self.events.push_back(AuditRecord { id: self.last_event, event });
        }
        let surplus = self.events.len().saturating_sub(AUDIT_LIMIT);
        self.events.drain(..surplus);
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").field("users", &self.users.len()).finish_non_exhaustive()
    }
}

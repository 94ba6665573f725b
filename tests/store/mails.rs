//! The contract of a store: the outbox.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign::domain::Timestamp;
use countersign::mail::{MailKind, NewMail, SealedContent};
use countersign::store::{
    Deletion, Effects, MAIL_LIMIT, MailAttempt, MailQuery, MailRecord, MailState, Store,
};

use crate::support::{at, delete_with, disable, email, insert, new_user};

/// How long an attempt may take, in milliseconds.
const LEASE: i64 = 1000;

fn mail(kind: MailKind, recipient: &str, now: i64) -> NewMail {
    NewMail {
        kind,
        recipient: email(recipient),
        content: SealedContent::from_bytes(vec![1, 2, 3]),
        created_at: at(now),
        expires_at: at(now + 60_000),
    }
}

async fn commit(store: &impl Store, mail: NewMail) {
    let effects = Effects::none().and_mail(Some(mail.into()));
    store.commit(effects).await.unwrap();
}

async fn all(store: &impl Store) -> Vec<MailRecord> {
    store.mails(&MailQuery { sent: true, ..MailQuery::unsent() }).await.unwrap()
}

async fn take(store: &impl Store, now: i64, limit: u32) -> Vec<i64> {
    let taken = store.take_due_mails(at(now), at(now + LEASE), limit).await.unwrap();
    taken.iter().map(|mail| mail.record.id).collect()
}

pub(crate) async fn mail_is_stored_with_its_change_and_taken_once(store: impl Store) {
    let effects = Effects::none();
    let mail = mail(MailKind::VerifyEmail, "a@example.com", 5);
    let effects = effects.and_mail(Some(mail.into()));
    let inserted = store.insert(new_user("a@example.com"), &|_| Some(effects.clone())).await;
    inserted.unwrap();
    let stored = MailRecord {
        id: 1,
        kind: MailKind::VerifyEmail,
        recipient: email("a@example.com"),
        created_at: at(5),
        expires_at: at(60_005),
        attempts: 0,
        state: MailState::Queued(at(5)),
        last_error: None,
    };
    assert_eq!(all(&store).await, std::slice::from_ref(&stored));
    assert!(take(&store, 4, 9).await.is_empty(), "not due yet");
    let taken = store.take_due_mails(at(5), at(5 + LEASE), 9).await.unwrap();
    let expected = MailRecord { attempts: 1, state: MailState::Queued(at(5 + LEASE)), ..stored };
    assert_eq!((taken.len(), &taken[0].record), (1, &expected));
    assert_eq!(taken[0].content, SealedContent::from_bytes(vec![1, 2, 3]));
    assert!(take(&store, 4 + LEASE, 9).await.is_empty(), "it is being sent");
    // Whoever took it has not stored an outcome in time.
    assert_eq!(take(&store, 5 + LEASE, 9).await, [1]);
}

pub(crate) async fn change_that_is_not_made_sends_no_mail(store: impl Store) {
    let with_mail = || {
        let mail = mail(MailKind::VerifyEmail, "a@example.com", 0);
        Effects::none().and_mail(Some(mail.into()))
    };
    insert(&store, new_user("a@example.com")).await.unwrap();
    store.insert(new_user("a@example.com"), &|_| Some(with_mail())).await.unwrap();
    let nobody = countersign::domain::UserId(9);
    assert_eq!(delete_with(&store, nobody, with_mail()).await, Deletion::NotFound);
    let account = store.by_email(&email("a@example.com")).await.unwrap().unwrap();
    disable(&store, account.user.id, 1).await.unwrap();
    assert!(!store.issue_token(&account, with_mail()).await.unwrap());
    assert!(all(&store).await.is_empty());
}

pub(crate) async fn outcome_of_an_attempt_is_stored(store: impl Store) {
    for number in 0..3 {
        commit(&store, mail(MailKind::VerifyEmail, &format!("{number}@example.com"), 0)).await;
    }
    assert_eq!(take(&store, 0, 9).await, [1, 2, 3]);
    store.finish_mail(1, MailAttempt::Sent, at(10)).await.unwrap();
    let later = MailAttempt::Retry(at(500), "greylisted".to_owned());
    store.finish_mail(2, later, at(10)).await.unwrap();
    store.finish_mail(3, MailAttempt::GivenUp("no such user".to_owned()), at(10)).await.unwrap();
    let states = async || {
        let mails = all(&store).await.into_iter();
        mails.map(|mail| (mail.id, mail.state, mail.last_error)).collect::<Vec<_>>()
    };
    let (greylisted, unknown) = (Some("greylisted".to_owned()), Some("no such user".to_owned()));
    let expected = [
        (3, MailState::Failed, unknown.clone()),
        (2, MailState::Queued(at(500)), greylisted.clone()),
        (1, MailState::Sent(at(10)), None),
    ];
    assert_eq!(states().await, expected);
    assert!(take(&store, 499, 9).await.is_empty());
    assert_eq!(take(&store, 500, 9).await, [2]);
    // What was sent is neither sent again nor listed among the unsent ones.
    assert!(!store.retry_mail(1, at(600), at(9000)).await.unwrap());
    assert!(!store.retry_mail(9, at(600), at(9000)).await.unwrap());
    assert!(store.retry_mail(3, at(600), at(9000)).await.unwrap());
    assert_eq!(take(&store, 600, 9).await, [3]);
    let unsent = store.mails(&MailQuery::unsent()).await.unwrap();
    assert_eq!(unsent.iter().map(|mail| mail.id).collect::<Vec<_>>(), [3, 2]);
    assert_eq!((unsent[0].expires_at, unsent[0].attempts), (at(9000), 2));
}

pub(crate) async fn mails_are_listed_by_recipient_id_and_page(store: impl Store) {
    for recipient in ["a@example.com", "b@example.com", "a@example.com"] {
        commit(&store, mail(MailKind::NewDevice, recipient, 0)).await;
    }
    let ids = async |query| {
        let mails = store.mails(&query).await.unwrap().into_iter();
        mails.map(|mail| mail.id).collect::<Vec<_>>()
    };
    let any = MailQuery::unsent();
    assert_eq!(ids(any.clone()).await, [3, 2, 1]);
    assert_eq!(
        ids(MailQuery { recipient: Some(email("A@example.com")), ..any.clone() }).await,
        [3, 1]
    );
    assert_eq!(ids(MailQuery { id: Some(2), ..any.clone() }).await, [2]);
    assert_eq!(ids(MailQuery { before: 3, limit: 1, ..any.clone() }).await, [2]);
    assert!(ids(MailQuery { limit: 0, ..any }).await.is_empty());
}

pub(crate) async fn recipient_gets_a_limited_number_of_mails_of_a_kind(store: impl Store) {
    let count = async || all(&store).await.len();
    let limit = usize::try_from(MAIL_LIMIT).unwrap();
    for now in 0..20 {
        commit(&store, mail(MailKind::ResetPassword, "a@example.com", now)).await;
    }
    assert_eq!(count().await, limit);
    commit(&store, mail(MailKind::ResetPassword, "b@example.com", 20)).await;
    commit(&store, mail(MailKind::VerifyEmail, "a@example.com", 20)).await;
    assert_eq!(count().await, limit + 2);
    let hour = 3_600_000;
    commit(&store, mail(MailKind::ResetPassword, "a@example.com", hour - 1)).await;
    assert_eq!(count().await, limit + 2);
    // The first one is an hour old.
    commit(&store, mail(MailKind::ResetPassword, "a@example.com", hour)).await;
    assert_eq!(count().await, limit + 3);
}

pub(crate) async fn racing_instances_take_each_mail_once(store: impl Store) {
    for number in 0..40 {
        commit(&store, mail(MailKind::VerifyEmail, &format!("{number}@example.com"), 0)).await;
    }
    let store = Arc::new(store);
    let mut takers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        takers.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let more = take(&*store, 0, 3).await;
                if more.is_empty() {
                    return taken;
                }
                taken.extend(more);
            }
        });
    }
    let taken: Vec<i64> = takers.join_all().await.into_iter().flatten().collect();
    let distinct: BTreeSet<i64> = taken.iter().copied().collect();
    assert_eq!((taken.len(), distinct.len()), (40, 40));
}

pub(crate) async fn old_mails_are_deleted_unless_they_are_queued(store: impl Store) {
    for (number, now) in [0, 0, 0, 100].into_iter().enumerate() {
        commit(&store, mail(MailKind::VerifyEmail, &format!("{number}@example.com"), now)).await;
    }
    take(&store, 100, 9).await;
    store.finish_mail(1, MailAttempt::Sent, at(100)).await.unwrap();
    store.finish_mail(2, MailAttempt::GivenUp(String::new()), at(100)).await.unwrap();
    store.finish_mail(4, MailAttempt::Sent, at(100)).await.unwrap();
    let ids = async || all(&store).await.iter().map(|mail| mail.id).collect::<Vec<_>>();
    store.delete_old_mails(Timestamp::from_milliseconds(at(0).milliseconds())).await.unwrap();
    assert_eq!(ids().await, [4, 3, 2, 1]);
    store.delete_old_mails(at(100)).await.unwrap();
    assert_eq!(ids().await, [4, 3]);
}

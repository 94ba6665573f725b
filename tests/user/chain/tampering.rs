//! Tampering that `countersign audit verify` finds.

use super::{KEEP, RESTORE, alter, append, done, six_events, verify};
use crate::databases::TestDatabase;

/// Alters an intact chain, verifies that this is found, and restores the chain.
async fn assert_found(
    database: &TestDatabase,
    head: &str,
    (tamper, restore): (&str, &str),
    error: &str,
) {
    alter(database, tamper).await;
    assert_eq!(verify(database, &[]), (1, format!("error: tampered: {error}")), "{tamper}");
    alter(database, restore).await;
    assert_eq!(verify(database, &["--head", head]), (0, String::new()), "{restore}");
}

async fn changed_column_is_found(database: &TestDatabase) {
    let head = six_events(database).await;
    let changed =
        "event 3 (id 3) is not the one that was sealed: it was changed, replaced or moved";
    alter(database, KEEP).await;
    for (column, value) in [
        ("at", "at + 1"),
        ("kind", "'login'"),
        ("user_id", "2"),
        ("user_id", "NULL"),
        ("actor", "'operator'"),
        ("session_id", "NULL"),
        ("address", "'192.0.2.2'"),
        ("request_id", "''"),
        ("details", "'scope=global'"),
        ("hash", "NULL"),
    ] {
        let tamper = format!("UPDATE audit_events SET {column} = {value} WHERE seq = 3");
        assert_found(database, &head, (&tamper, RESTORE), changed).await;
    }
    let tamper = ("UPDATE audit_events SET id = 99 WHERE seq = 3", RESTORE);
    assert_found(database, &head, tamper, &changed.replace("id 3", "id 99")).await;
}

async fn deleted_and_moved_rows_are_found(database: &TestDatabase) {
    let head = six_events(database).await;
    alter(database, KEEP).await;
    for (tamper, error) in [
        ("DELETE FROM audit_events WHERE seq = 3", "events 3 to 3 are missing"),
        ("DELETE FROM audit_events WHERE seq > 4", "events 5 to 6 are missing"),
        ("DELETE FROM audit_events WHERE seq < 3", "events 1 to 2 are missing"),
        ("DELETE FROM audit_events", "events 1 to 6 are missing"),
        // A swapped pair.
        (
            "UPDATE audit_events SET seq = 99 WHERE seq = 3; \
             UPDATE audit_events SET seq = 3 WHERE seq = 4; \
             UPDATE audit_events SET seq = 4 WHERE seq = 99",
            "event 3 (id 4) is not the one that was sealed: it was changed, replaced or moved",
        ),
        // An event that is sealed once more.
        (
            "UPDATE audit_events SET seq = NULL, hash = NULL WHERE seq = 3",
            "events 3 to 3 are missing",
        ),
        // A prefix that is passed off as pruned.
        (
            "UPDATE audit_chain SET anchor_seq = 2, \
             anchor_hash = (SELECT hash FROM audit_events WHERE seq = 2); \
             DELETE FROM audit_events WHERE seq <= 2",
            "events up to 2 are missing, and no event audit_pruned or audit_break_acknowledged has the \
             hash of the last one",
        ),
    ] {
        assert_found(database, &head, (tamper, RESTORE), error).await;
    }
}

async fn inserted_row_and_altered_head_are_found(database: &TestDatabase) {
    let head = six_events(database).await;
    alter(database, KEEP).await;
    let insert = |seq: i64| {
        format!(
            "INSERT INTO audit_events (at, kind, actor, hash, seq) \
             SELECT at, kind, actor, hash, {seq} FROM audit_events WHERE seq = 6"
        )
    };
    for (seq, before) in [(7, ""), (0, ""), (6, "DROP INDEX audit_events_by_seq; ")] {
        let error =
            format!("event {seq} was inserted: the chain has no such position, or has it twice");
        let tamper = format!("{before}{}", insert(seq));
        assert_found(database, &head, (&tamper, RESTORE), &error).await;
    }
    for (tamper, error) in [
        (
            "UPDATE audit_chain SET head_hash = (SELECT hash FROM audit_events WHERE seq = 5)",
            "event 6 is not the one that the head in audit_chain was made of",
        ),
        ("DELETE FROM audit_chain", "the table audit_chain has no valid row"),
    ] {
        assert_found(database, &head, (tamper, RESTORE), error).await;
    }
}

async fn noted_head_detects_a_cut_and_a_rewritten_chain(database: &TestDatabase) {
    append(database, 1..=3).await;
    let third = done(database, &["head"]);
    append(database, 4..=6).await;
    let sixth = done(database, &["head"]);
    for head in [&third, &sixth] {
        assert_eq!(verify(database, &["--head", head]).0, 0);
    }
    // The tail is cut, with the head moved: without a noted head nothing shows it.
    let cut = "DELETE FROM audit_events WHERE seq > 4; UPDATE audit_chain SET head_seq = 4, \
               head_hash = (SELECT hash FROM audit_events WHERE seq = 4)";
    alter(database, cut).await;
    assert_eq!(verify(database, &["--head", &third]).0, 0);
    let error = "error: tampered: events 5 to 6 are missing: the chain ends before the noted head";
    assert_eq!(verify(database, &["--head", &sixth]), (1, error.to_owned()));
    // All is changed and sealed anew.
    let rewrite = "UPDATE audit_events SET actor = 'operator', seq = NULL, hash = NULL; \
                   UPDATE audit_chain SET head_seq = 0, head_hash = anchor_hash";
    alter(database, rewrite).await;
    assert_eq!(verify(database, &[]).0, 0);
    let (code, error) = verify(database, &["--head", &third]);
    assert!(code == 1 && error.contains("event 3 is not the noted head"), "{error}");
    let (code, error) = verify(database, &["--head", "3:00"]);
    assert!(code == 2 && error.contains("expected SEQ:HASH"), "{error}");
}

/// The page of a verification ends with the first of both.
async fn row_that_is_twice_in_the_chain_is_found_on_two_pages(database: &TestDatabase) {
    append(database, 1..=1001).await;
    let head = done(database, &["head"]);
    alter(database, KEEP).await;
    let twice = "DROP INDEX audit_events_by_seq; INSERT INTO audit_events (at, kind, actor, hash, seq) \
                 SELECT at, kind, actor, hash, seq FROM audit_events WHERE seq = 1000";
    assert_found(database, &head, (twice, RESTORE), "1 rows are twice in the chain").await;
}

/// New events cannot be sealed then, since their positions are taken.
async fn head_that_was_moved_back_is_found_although_nothing_can_be_sealed(database: &TestDatabase) {
    let head = six_events(database).await;
    alter(database, KEEP).await;
    let back = "UPDATE audit_chain SET head_seq = 4, \
                head_hash = (SELECT hash FROM audit_events WHERE seq = 4); \
                INSERT INTO audit_events (id, at, kind, actor) VALUES (99, 0, 'login', 'operator')";
    let error = "event 6 was inserted: the chain has no such position, or has it twice";
    assert_found(database, &head, (back, RESTORE), error).await;
}

on_both![
    changed_column_is_found,
    deleted_and_moved_rows_are_found,
    inserted_row_and_altered_head_are_found,
    noted_head_detects_a_cut_and_a_rewritten_chain,
    row_that_is_twice_in_the_chain_is_found_on_two_pages,
    head_that_was_moved_back_is_found_although_nothing_can_be_sealed,
];

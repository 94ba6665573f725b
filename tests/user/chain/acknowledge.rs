//! `countersign audit acknowledge`

use super::{alter, audit, done, six_events, verify};
use crate::databases::TestDatabase;

async fn acknowledged_break_is_shown_and_later_ones_are_found(database: &TestDatabase) {
    let reason = ["acknowledge", "--reason", "a restore gone wrong"];
    let acknowledge = || audit(database, &reason);
    let sixth = six_events(database).await;
    let error = "error: there is nothing to acknowledge: the chain is intact";
    assert_eq!(acknowledge(), (1, String::new(), error.to_owned()));
    assert_eq!(verify(database, &["--head", &sixth]), (0, String::new()));
    let deleted = "DELETE FROM audit_events WHERE seq = 3";
    // All that keeps a chain from being sealed or read; the last one is without its row.
    for (number, tamper) in [
        deleted,
        "UPDATE audit_chain SET head_seq = 1, head_hash = anchor_hash; \
         INSERT INTO audit_events (at, kind, actor) VALUES (0, 'login', 'operator')",
        "UPDATE audit_events SET seq = 9223372036854775807 WHERE seq = \
         (SELECT MAX(seq) FROM audit_events)",
        "DELETE FROM audit_chain",
    ]
    .into_iter()
    .enumerate()
    {
        alter(database, tamper).await;
        let (code, found) = verify(database, &[]);
        assert_eq!(code, 1, "{tamper}");
        let found = found.replace("error: tampered: ", "");
        assert_eq!(acknowledge(), (0, format!("acknowledged: {found}"), String::new()));
        let intact = done(database, &["verify"]);
        assert!(intact.contains(", chained anew after a break that event "), "{intact}");
        let events = done(database, &["list", "--kind", "audit_break_acknowledged"]);
        assert_eq!(events.lines().count(), number + 1, "{events}");
        let last = events.lines().last().unwrap();
        assert!(last.contains(&found) && last.ends_with("reason: a restore gone wrong"), "{last}");
        // The events remain, and are protected from now on.
        assert!(done(database, &["list", "--kind", "logout"]).lines().count() >= 5);
        let (code, error) = verify(database, &["--head", &sixth]);
        assert!(code == 1 && !error.contains("SQL"), "{error}");
    }
    let head = done(database, &["head"]);
    assert_eq!(verify(database, &["--head", &head]), (0, String::new()));
    alter(database, "UPDATE audit_events SET actor = 'operator' WHERE kind = 'logout'").await;
    let (code, error) = verify(database, &[]);
    assert!(code == 1 && error.contains("is not the one that was sealed"), "{error}");
    // Nor can the record be deleted, which would pass the break off as a beginning.
    done(database, &reason);
    alter(database, "DELETE FROM audit_events WHERE kind = 'audit_break_acknowledged'").await;
    assert_eq!(verify(database, &[]).0, 1);
}

async fn acknowledged_break_can_be_pruned(database: &TestDatabase) {
    six_events(database).await;
    alter(database, "DELETE FROM audit_events WHERE seq = 3").await;
    done(database, &["acknowledge", "--reason", "x"]);
    // Five events of the chain before, at the positions 8 to 12.
    assert_eq!(done(database, &["prune", "--before", "1970-01-05"]), "deleted 2 events");
    let intact = done(database, &["verify"]);
    let expected =
        "intact: 5 events, chained anew after a break that event 13 acknowledges, head 14:";
    assert!(intact.starts_with(expected), "{intact}");
    done(database, &["prune", "--before", "0s"]);
    let intact = done(database, &["verify"]);
    assert!(
        intact.starts_with("intact: 1 events, events up to 14 were pruned, head 15:"),
        "{intact}"
    );
}

on_both![acknowledged_break_is_shown_and_later_ones_are_found, acknowledged_break_can_be_pruned,];

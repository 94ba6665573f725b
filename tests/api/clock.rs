//! A clock that jumps, as one does that is set by hand or by a virtual machine, on every store.

use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

const HOUR: i64 = 60 * 60;
const NEW_PASSWORD: &str = "another-horse-battery";

on_every_store!(jumps_of_the_clock_lock_no_one_out);

/// After each jump a login, its tokens and a refresh work at once. Sessions that were opened before it,
/// even in what is the future now, can be refreshed; and what was revoked remains so.
async fn jumps_of_the_clock_lock_no_one_out(app: &TestApp) {
    let mut sessions = vec![app.session().await];
    let ended = app.session().await;
    let logout = app.post("/logout").bearer_auth(&ended.access);
    assert_eq!(TestResponse::of(logout).await.status, 204);
    for jump in [-HOUR, 2 * HOUR, -3 * HOUR, 24 * HOUR, -22 * HOUR, 1] {
        app.advance_clock(jump);
        for path in ["/healthz", "/readyz"] {
            assert_eq!(TestResponse::of(app.get(path)).await.status, 200, "{path}, {jump} s");
        }
        let session = app.session().await;
        assert_eq!(app.get_user(&session.access).await.status, 200, "{jump} s");
        sessions.push(session);
        for session in &mut sessions {
            let refreshed = app.refresh(&session.refresh).await;
            assert_eq!(refreshed.status, 200, "{jump} s: {refreshed:?}");
            *session = Session::refreshed(&refreshed);
            assert_eq!(app.get_user(&session.access).await.status, 200, "{jump} s");
        }
        assert_eq!(app.refresh(&ended.refresh).await.status, 400, "{jump} s");
        assert_eq!(app.get_user(&ended.access).await.status, 400, "{jump} s");
    }
    // A change of the password in what is the future afterwards.
    let last = sessions.pop().unwrap();
    let change = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
    let change = app.post("/change-password").bearer_auth(&last.access).form(&change);
    assert_eq!(TestResponse::of(change).await.status, 200);
    app.advance_clock(-2 * HOUR);
    let login = app.login(EMAIL, NEW_PASSWORD).await;
    assert_eq!(login.status, 200);
    let session = Session::of(&login, "token");
    assert_eq!(app.get_user(&session.access).await.status, 200);
    assert_eq!(app.refresh(&session.refresh).await.status, 200);
    assert_eq!(app.refresh(&last.refresh).await.status, 400);
    assert_eq!(app.get_user(&last.access).await.status, 400);
}

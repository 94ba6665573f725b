//! The OAuth endpoints while the store is unavailable.

use countersign::config::Database;
use countersign::oauth_clients::OAuthClients;

use super::{CLIENT, basic};
use crate::databases;
use crate::support::{TestApp, TestResponse};

/// RFC 7009 section 2.2.1 asks for this status; the client keeps its token and tries again.
#[tokio::test]
async fn unavailable_store_is_a_503_at_every_endpoint() {
    let database = databases::sqlite();
    let app = TestApp::start_with(|config| {
        config.database.database = Database::Sql(database.url.parse().unwrap());
        config.oauth_clients = OAuthClients::parse(CLIENT).unwrap();
    })
    .await;
    let session = app.session().await;
    app.app.close(std::time::Duration::from_secs(5)).await;
    // So that nothing that was looked up before the end is young enough to be used.
    app.advance_clock(2);

    let gateway = basic("gateway:abc");
    let introspect = |token: &str| {
        app.post("/introspect").header("authorization", &gateway).form(&[("token", token)])
    };
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &session.refresh)];
    for (request, is_oauth) in [
        (app.post("/token").form(&refresh), true),
        (app.post("/revoke").form(&[("token", &session.access)]), true),
        (app.post("/revoke").form(&[("token", &session.refresh)]), true),
        (introspect(&session.access), true),
        (introspect(&session.refresh), true),
        (app.get("/userinfo").bearer_auth(&session.access), false),
    ] {
        let answer = TestResponse::of(request).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("www-authenticate"), "");
        if is_oauth {
            assert_eq!(answer.json()["error"], "temporarily_unavailable");
        }
    }

    // What no store has to be asked for is responded all the same.
    for invalid in ["x", "a.b.c"] {
        assert_eq!(TestResponse::of(introspect(invalid)).await.body, r#"{"active": false}"#);
        let revoked = TestResponse::of(app.post("/revoke").form(&[("token", invalid)])).await;
        assert_eq!(revoked.status, 200);
    }
}

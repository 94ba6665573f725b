//! `--token-claims`: claims about the user in access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::domain::{Metadata, UserId};
use countersign::store::{MetadataChange, UserChange};
use countersign::token::UserClaim;
use serde_json::{Value, json};

use crate::support::{EMAIL, PASSWORD, Session, TestApp, TestResponse};

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn token_of_each_issue_has_the_configured_claims() {
    let app = TestApp::start_with(|config| {
        config.tokens.claims = vec![
            UserClaim::Email,
            UserClaim::EmailVerified,
            UserClaim::IsAdmin,
            UserClaim::Metadata,
        ];
    })
    .await;
    let assert_claims = |token: &str, is_admin: bool, metadata: Value| {
        let claims = claims(token);
        let (email, verified) = (&claims["email"], &claims["email_verified"]);
        assert_eq!((email, verified), (&json!(EMAIL), &json!(true)), "{claims}");
        assert_eq!((&claims["is_admin"], &claims["metadata"]), (&json!(is_admin), &metadata));
        assert_eq!((&claims["user_id"], &claims["sub"]), (&json!(1), &json!("1")));
    };
    let session = app.session().await;
    assert_claims(&session.access, false, json!({}));
    let metadata = Metadata::parse(r#"{"plan": "pro"}"#).unwrap();
    let change = UserChange {
        is_admin: Some(true),
        metadata: Some(MetadataChange::Set(metadata)),
        ..UserChange::default()
    };
    app.change(UserId(1), change).await;
    let refreshed = Session::refreshed(&app.refresh(&session.refresh).await);
    assert_claims(&refreshed.access, true, json!({"plan": "pro"}));
    let form = [("current_password", PASSWORD), ("new_password", "correct horse battery")];
    let changed = app.post("/change-password").bearer_auth(&refreshed.access).form(&form);
    let changed = Session::of(&TestResponse::of(changed).await, "token");
    assert_claims(&changed.access, true, json!({"plan": "pro"}));
    assert_eq!(app.get_user(&changed.access).await.status, 200);
    let form = [("email", "ada@example.com"), ("password", "correct horse battery")];
    let registered = TestResponse::of(app.post("/register").form(&form)).await;
    let registered = claims(registered.json()["token"].as_str().unwrap());
    assert_eq!(registered["email"], "ada@example.com");
    assert_eq!((&registered["email_verified"], &registered["user_id"]), (&json!(false), &json!(2)));
}

#[tokio::test]
async fn token_has_no_claims_about_the_user_by_default() {
    let app = TestApp::start().await;
    let claims = claims(&app.token().await);
    for name in ["email", "email_verified", "is_admin", "metadata"] {
        assert!(claims.get(name).is_none(), "{claims}");
    }
}

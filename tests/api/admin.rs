//! The administration API.

use countersign::domain::UserId;
use countersign::oauth_clients::OAuthClients;
use countersign::store::UserChange;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::databases::{self, TestDatabase};
use crate::support::{AUTH_REQUIRED, EMAIL, PASSWORD, START, TestApp, TestResponse, read_to_end};

const GOOD: &str = "correct horse battery";

/// `admin` may administrate, `gateway` may not; the secret of both is `abc`.
const CLIENTS: &str = "admin:sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0:admin\n\
                       gateway:sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0\n";

/// Every route.
const ROUTES: [(&str, &str); 14] = [
    ("GET", "/admin/users"),
    ("POST", "/admin/users"),
    ("GET", "/admin/users/99"),
    ("PATCH", "/admin/users/99"),
    ("DELETE", "/admin/users/99"),
    ("POST", "/admin/users/99/password"),
    ("POST", "/admin/users/99/reset-password"),
    ("GET", "/admin/users/99/sessions"),
    ("DELETE", "/admin/users/99/sessions"),
    ("DELETE", "/admin/users/99/sessions/x"),
    ("GET", "/admin/audit-events"),
    ("GET", "/admin/mails"),
    ("POST", "/admin/mails/1/retry"),
    ("HEAD", "/admin/users"),
];

const NOT_ADMINISTRATOR: (u16, &str, &str) =
    (403, r#"{"message": "Administrator rights are required"}"#, "");

/// The demo's user, an administrator.
struct Admin<'a> {
    app: &'a TestApp,
    token: String,
}

impl<'a> Admin<'a> {
    async fn of(app: &'a TestApp) -> Self {
        app.change(UserId(1), UserChange { is_admin: Some(true), ..UserChange::default() }).await;
        Self { app, token: app.token().await }
    }

    async fn send(&self, request: RequestBuilder) -> TestResponse {
        TestResponse::of(request.bearer_auth(&self.token)).await
    }

    async fn get(&self, path: &str) -> TestResponse {
        self.send(self.app.get(path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> TestResponse {
        self.send(self.app.post(path).json(body)).await
    }

    async fn patch(&self, path: &str, body: &Value) -> TestResponse {
        self.send(self.app.patch(path).json(body)).await
    }

    async fn delete(&self, path: &str) -> TestResponse {
        self.send(self.app.delete(path)).await
    }

    /// A new user; its path.
    async fn create(&self, email: &str) -> String {
        let created = self.post("/admin/users", &json!({"email": email, "password": GOOD})).await;
        assert_eq!(created.status, 201, "{created:?}");
        created.header("location").to_owned()
    }

    /// Kind, user and actor of the last events.
    async fn events(&self, count: usize) -> Vec<(String, i64, String)> {
        let listed = self.get("/admin/audit-events?limit=200").await.json();
        let events = listed["events"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let last = events[events.len() - count..].iter();
        last.map(|event| {
            (text(&event["kind"]), event["user_id"].as_i64().unwrap(), text(&event["actor"]))
        })
        .collect()
    }
}

fn request(app: &TestApp, (method, path): (&str, &str)) -> RequestBuilder {
    app.client.request(Method::from_bytes(method.as_bytes()).unwrap(), app.url(path))
}

async fn app_with_clients() -> TestApp {
    TestApp::start_with(|config| config.oauth_clients = OAuthClients::parse(CLIENTS).unwrap()).await
}

#[tokio::test]
async fn every_route_demands_an_administrator() {
    let app = app_with_clients().await;
    let token = app.token().await;
    for route in ROUTES {
        let is_head = route.0 == "HEAD";
        let body = |text: &'static str| if is_head { "" } else { text };
        let anonymous = TestResponse::of(request(&app, route)).await;
        let expected = (AUTH_REQUIRED.0, body(AUTH_REQUIRED.1), AUTH_REQUIRED.2);
        assert_eq!(anonymous.contract(), expected, "{route:?}");
        let user = TestResponse::of(request(&app, route).bearer_auth(&token)).await;
        let expected = (403, body(NOT_ADMINISTRATOR.1), "");
        assert_eq!(user.contract(), expected, "{route:?}");
        let client = TestResponse::of(request(&app, route).basic_auth("gateway", Some("abc")));
        assert_eq!(client.await.contract(), expected, "{route:?}");
        let wrong = request(&app, route).basic_auth("admin", Some("abd"));
        let wrong = TestResponse::of(wrong).await;
        assert_eq!(
            (wrong.status, wrong.header("www-authenticate")),
            (401, r#"Basic realm="countersign""#)
        );
        let forged = TestResponse::of(request(&app, route).bearer_auth("a.b.c")).await;
        assert_eq!(forged.status, 401, "{route:?}");
        assert_eq!(forged.header("www-authenticate"), r#"Bearer error="invalid_token""#);
        // With the right, it is another response.
        let client = TestResponse::of(request(&app, route).basic_auth("admin", Some("abc"))).await;
        assert!(![401, 403].contains(&client.status), "{route:?}: {client:?}");
    }
}

#[tokio::test]
async fn oauth_client_acts_in_its_own_name() {
    let app = app_with_clients().await;
    let as_client =
        |request: RequestBuilder| TestResponse::of(request.basic_auth("admin", Some("abc")));
    let new = json!({"email": "ada@example.com", "password": GOOD});
    assert_eq!(as_client(app.post("/admin/users").json(&new)).await.status, 201);
    let events = as_client(app.get("/admin/audit-events?kind=user_created")).await.json();
    assert_eq!(events["events"][0]["actor"], "oauth_client:admin");
    assert_eq!(events["events"][0]["user_id"], 2);
}

async fn user_is_created_shown_changed_and_deleted(app: &TestApp) {
    let admin = Admin::of(app).await;
    let new = json!({
        "email": "Ada@Example.com", "password": GOOD, "metadata": {"plan": "pro"},
        "email_verified": true,
    });
    let created = admin.post("/admin/users", &new).await;
    assert_eq!((created.status, created.header("location")), (201, "/admin/users/2"));
    let expected = json!({
        "id": 2, "email": "ada@example.com", "email_verified": true, "is_admin": false,
        "disabled": false, "has_password": true, "metadata": {"plan": "pro"},
        "created_at": "2027-01-15T08:00:00Z", "changed_at": "2027-01-15T08:00:00Z",
        "last_login_at": null,
    });
    assert_eq!(START, 1_800_000_000);
    assert_eq!(created.json(), expected);
    assert_eq!(admin.get("/admin/users/2").await.json(), expected);
    assert_eq!(admin.post("/admin/users", &new).await.status, 409);

    app.advance_clock(1);
    let change = json!({
        "email": "eve@example.com", "is_admin": true, "metadata": {"seats": 3, "plan": null},
    });
    let changed = admin.patch("/admin/users/2", &change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = expected;
    expected["email"] = json!("eve@example.com");
    expected["email_verified"] = json!(false);
    expected["is_admin"] = json!(true);
    expected["metadata"] = json!({"seats": 3});
    expected["changed_at"] = json!("2027-01-15T08:00:01Z");
    assert_eq!(changed.json(), expected);
    // Once more, it is no change and leaves no event.
    app.advance_clock(1);
    assert_eq!(admin.patch("/admin/users/2", &change).await.json(), expected);
    assert_eq!(admin.patch("/admin/users/2", &json!({})).await.json(), expected);
    let own = "user:1".to_owned();
    let kinds = ["user_created", "email_changed", "admin_granted", "metadata_changed"];
    let expected_events = kinds.map(|kind| (kind.to_owned(), 2, own.clone()));
    assert_eq!(admin.events(4).await, expected_events);

    let cleared = admin.patch("/admin/users/2", &json!({"metadata": null})).await.json();
    assert_eq!(cleared["metadata"], json!({}));
    assert_eq!(admin.delete("/admin/users/2").await.status, 204);
    for gone in [admin.delete("/admin/users/2").await, admin.get("/admin/users/2").await] {
        assert_eq!((gone.status, &*gone.body), (404, r#"{"message": "Not found"}"#));
    }
    assert_eq!(admin.events(1).await, [("user_deleted".to_owned(), 2, own)]);
}

async fn users_are_listed_page_by_page(app: &TestApp) {
    let admin = Admin::of(app).await;
    for number in 0..5 {
        admin.create(&format!("user{number}@example.com")).await;
    }
    let ids = |listed: &Value| -> Vec<i64> {
        let users = listed["users"].as_array().unwrap().iter();
        users.map(|user| user["id"].as_i64().unwrap()).collect()
    };
    let first = admin.get("/admin/users?limit=4").await.json();
    assert_eq!(ids(&first), [1, 2, 3, 4]);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("/admin/users?limit=4&cursor={cursor}")).await.json();
    assert_eq!((ids(&rest), &rest["next_cursor"]), (vec![5, 6], &Value::Null));
    let found = admin.get("/admin/users?search=USER3").await.json();
    assert_eq!((ids(&found), &found["next_cursor"]), (vec![5], &Value::Null));
    for query in ["limit=0", "limit=201", "limit=x", "cursor=x", "serach=a", "limit=1&limit=2"] {
        assert_eq!(admin.get(&format!("/admin/users?{query}")).await.status, 400, "{query}");
    }
}

async fn password_is_set_and_sessions_end(app: &TestApp) {
    let admin = Admin::of(app).await;
    let user = admin.create("ada@example.com").await;
    let password = format!("{user}/password");
    let one = app.login("ada@example.com", GOOD).await.json();
    app.login("ada@example.com", GOOD).await;
    let sessions = format!("{user}/sessions");
    let listed = admin.get(&sessions).await.json();
    let listed = listed["sessions"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["created_at"], "2027-01-15T08:00:00Z");
    assert!(listed[0]["id"].is_string() && listed[0].get("current").is_none());
    for (id, status) in [(listed[0]["id"].as_str().unwrap(), [204, 404]), ("x", [404, 404])] {
        for status in status {
            let ended = admin.delete(&format!("{sessions}/{id}")).await;
            assert_eq!(ended.status, status);
        }
    }
    assert_eq!(admin.delete(&sessions).await.status, 204);
    assert_eq!(admin.delete(&sessions).await.status, 204);
    let token = one["token"].as_str().unwrap();
    assert_eq!(app.get_user(token).await.status, 400);
    assert_eq!(admin.get(&sessions).await.json(), json!({"sessions": []}));

    assert_eq!(admin.post(&password, &json!({"password": "short"})).await.status, 400);
    let other = "another battery staple";
    assert_eq!(admin.post(&password, &json!({"password": other})).await.status, 204);
    assert_eq!(app.login("ada@example.com", GOOD).await.status, 400);
    assert_eq!(app.login("ada@example.com", other).await.status, 200);
    for missing in ["/admin/users/99/sessions", "/admin/users/x/sessions"] {
        assert_eq!(admin.get(missing).await.status, 404);
        assert_eq!(admin.delete(missing).await.status, 404);
    }
    let missing = admin.post("/admin/users/99/password", &json!({"password": other})).await;
    assert_eq!(missing.status, 404);
}

async fn malformed_requests_change_nothing(app: &TestApp) {
    let admin = Admin::of(app).await;
    let before = admin.get("/admin/users/1").await.json();
    for (body, message) in [
        (json!([]), "The body must be a JSON object"),
        (json!({"isadmin": true}), "Unknown member \"isadmin\""),
        (json!({"is_admin": "true"}), "is_admin must be true or false"),
        (json!({"email": null}), "email must be a string"),
        (json!({"email": "x"}), "email is not an e-mail address"),
        (json!({"metadata": []}), "metadata must be an object"),
        (json!({"metadata": {"a": "x".repeat(5000)}}), "metadata is larger than 4 KiB"),
        (json!({"password": GOOD}), "Unknown member \"password\""),
        (json!({"id": 7}), "Unknown member \"id\""),
    ] {
        let refused = admin.patch("/admin/users/1", &body).await;
        assert_eq!((refused.status, refused.json()), (400, json!({"message": message})));
    }
    let twice = app.patch("/admin/users/1").header("content-type", "application/json");
    let twice = admin.send(twice.body(r#"{"disabled": false, "disabled": true}"#)).await;
    assert_eq!(twice.json()["message"], "disabled is given more than once");
    let form = admin.send(app.patch("/admin/users/1").form(&[("email", "a@example.com")])).await;
    assert_eq!(form.status, 415);
    let taken = admin.create("taken@example.com").await;
    assert_eq!(admin.patch(&taken, &json!({"email": EMAIL})).await.status, 409);
    let no_password = admin.post("/admin/users", &json!({"email": "b@example.com"})).await;
    assert_eq!(no_password.json()["message"], "password is missing");
    let secret =
        admin.post("/admin/users", &json!({"email": "b@example.com", "password": 7})).await;
    assert_eq!(secret.json()["message"], "password must be a string");
    assert_eq!(admin.get("/admin/users/1").await.json(), before);
}

async fn last_administrator_stays(app: &TestApp) {
    let admin = Admin::of(app).await;
    let message = "The last administrator cannot be deleted, disabled or made an ordinary user";
    let refused = [
        admin.patch("/admin/users/1", &json!({"is_admin": false})).await,
        admin.patch("/admin/users/1", &json!({"disabled": true})).await,
        admin.delete("/admin/users/1").await,
        admin.send(app.delete("/account").form(&[("password", PASSWORD)])).await,
    ];
    for refused in refused {
        assert_eq!((refused.status, refused.json()), (409, json!({"message": message})));
    }
    let second = admin.create("ada@example.com").await;
    assert_eq!(admin.patch(&second, &json!({"is_admin": true})).await.status, 200);
    assert_eq!(admin.patch("/admin/users/1", &json!({"is_admin": false})).await.status, 200);
    assert_eq!(admin.get("/admin/users/1").await.contract(), NOT_ADMINISTRATOR);
}

async fn administrators_who_demote_each_other_leave_one(app: &TestApp) {
    let first = Admin::of(app).await;
    let path = first.create("ada@example.com").await;
    assert_eq!(first.patch(&path, &json!({"is_admin": true})).await.status, 200);
    let token = app.login("ada@example.com", GOOD).await.json()["token"].clone();
    let second = Admin { app, token: token.as_str().unwrap().to_owned() };
    let demotion = json!({"is_admin": false});
    let (one, two) =
        tokio::join!(first.patch(&path, &demotion), second.patch("/admin/users/1", &demotion));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    // The later one is an administrator no more.
    assert_eq!(statuses, [200, 403], "{one:?} {two:?}");
}

/// The body of the request arrives after its administrator was demoted.
async fn demoted_administrator_changes_nothing(app: &TestApp) {
    let admin = Admin::of(app).await;
    let path = admin.create("ada@example.com").await;
    assert_eq!(admin.patch(&path, &json!({"is_admin": true})).await.status, 200);
    let (body, token) = (r#"{"disabled": true}"#, &admin.token);
    let (rest, last) = body.split_at(body.len() - 1);
    let mut stream = app.connect().await;
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{rest}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    app.change(UserId(1), UserChange { is_admin: Some(false), ..UserChange::default() }).await;
    stream.write_all(last.as_bytes()).await.unwrap();
    let response = read_to_end(&mut stream).await;
    assert!(response.starts_with("HTTP/1.1 403 "), "{response}");
    assert_eq!(app.login("ada@example.com", GOOD).await.status, 200);
}

async fn audit_events_are_filtered_and_paged(app: &TestApp) {
    let admin = Admin::of(app).await;
    app.advance_clock(1);
    for number in 0..3 {
        admin.create(&format!("user{number}@example.com")).await;
        app.advance_clock(1);
    }
    let ids = async |query: &str| {
        let listed = admin.get(&format!("/admin/audit-events?{query}")).await.json();
        let events = listed["events"].as_array().unwrap_or_else(|| panic!("{query}: {listed}"));
        let users = events.iter().map(|event| event["user_id"].as_i64().unwrap());
        (users.collect::<Vec<_>>(), listed["next_cursor"].as_str().map(str::to_owned))
    };
    let (users, cursor) = ids("kind=user_created&limit=2").await;
    assert_eq!(users, [2, 3]);
    let next = format!("kind=user_created&limit=2&cursor={}", cursor.unwrap());
    assert_eq!(ids(&next).await, (vec![4], None));
    assert_eq!(ids("user=3").await.0, [3]);
    let (since, until) = ("2027-01-15T08:00:02Z", "2027-01-15T09:00:03%2B01:00");
    assert_eq!(ids(&format!("kind=user_created&since={since}&until={until}")).await.0, [3]);
    for query in ["kind=x", "user=x", "since=yesterday", "x=1"] {
        let refused = admin.get(&format!("/admin/audit-events?{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
    }
}

on_every_store![
    user_is_created_shown_changed_and_deleted,
    users_are_listed_page_by_page,
    password_is_set_and_sessions_end,
    malformed_requests_change_nothing,
    last_administrator_stays,
    administrators_who_demote_each_other_leave_one,
    demoted_administrator_changes_nothing,
    audit_events_are_filtered_and_paged,
];

#[tokio::test]
async fn mail_is_off_without_a_server() {
    let app = TestApp::start().await;
    let admin = Admin::of(&app).await;
    let reset = admin.post("/admin/users/1/reset-password", &json!({})).await;
    assert_eq!(reset.status, 501);
    let invited = json!({"email": "ada@example.com", "invite": true});
    assert_eq!(admin.post("/admin/users", &invited).await.status, 501);
    assert_eq!(admin.get("/admin/mails").await.json(), json!({"mails": [], "next_cursor": null}));
    assert_eq!(admin.post("/admin/mails/1/retry", &json!({})).await.status, 404);
}

/// On one database, with two instances: the cache of the second one does not matter.
#[tokio::test]
async fn other_instance_sees_a_demotion_in_the_transaction() {
    let database: TestDatabase = databases::sqlite();
    let app = TestApp::on(&database).await;
    let admin = Admin::of(&app).await;
    let path = admin.create("ada@example.com").await;
    let beside = app.beside().await;
    let listed = TestResponse::of(beside.get("/admin/users").bearer_auth(&admin.token)).await;
    assert_eq!(listed.status, 200);
    let second = UserChange { is_admin: Some(true), ..UserChange::default() };
    app.change(UserId(2), second).await;
    app.change(UserId(1), UserChange { is_admin: Some(false), ..UserChange::default() }).await;
    // The clock stands still: the look-up of the other instance is cached.
    let request = beside.patch(&path).bearer_auth(&admin.token).json(&json!({"disabled": true}));
    assert_eq!(TestResponse::of(request).await.contract(), NOT_ADMINISTRATOR);
}

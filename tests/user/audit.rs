//! `countersign audit list`: events of the service and of the command line, from one database.

use serde_json::{Value, json};

use super::support::{Service, client, countersign, run};
use super::{PASSWORD, databases, done, rows, serve};

/// Runs `countersign audit list …`.
fn audit(url: &str, arguments: &[&str]) -> (i32, String, String) {
    let mut command = countersign(&["audit", "list"]);
    run(command.args(arguments).env("COUNTERSIGN_DATABASE_URL", url))
}

fn listed(url: &str, arguments: &[&str]) -> Vec<Value> {
    let (code, stdout, stderr) = audit(url, &[arguments, &["--json"]].concat());
    assert_eq!(code, 0, "{stderr}");
    rows(&stdout)
}

async fn post(service: &Service, path: &str, form: &[(&str, &str)], token: &str) -> (u16, Value) {
    let request = client().post(service.url(path)).form(form).header("x-request-id", "request-1");
    let response = request.bearer_auth(token).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn events_of_service_and_command_line_are_listed_with_their_origin() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    let service = serve(url);
    let credentials = [("email", "ada@example.com"), ("password", PASSWORD)];
    let (status, login) = post(&service, "/login", &credentials, "").await;
    assert_eq!(status, 200, "{login}");
    let refresh = login["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    for _ in 0..2 {
        assert_eq!(post(&service, "/token", &form, "").await.0, 200);
    }
    let access = login["token"].as_str().unwrap();
    assert_eq!(post(&service, "/logout", &[], access).await.0, 204);
    done(url, &["disable", "ada@example.com"], "");
    done(url, &["delete", "1", "--yes"], "");

    let session = refresh.split('.').next().unwrap();
    let of_request = |kind, actor, details: Value| {
        json!({
            "kind": kind, "user_id": 1, "actor": actor, "session": session,
            "address": "127.0.0.1", "request_id": "request-1", "details": details,
        })
    };
    let of_operator = |kind| {
        json!({
            "kind": kind, "user_id": 1, "actor": "operator", "session": null,
            "address": null, "request_id": null, "details": null,
        })
    };
    let expected = [
        of_operator("user_created"),
        of_request("login", "user:1", Value::Null),
        of_request("refreshed", "anonymous", json!("presented 0, current 1")),
        of_request("refresh_retried", "anonymous", json!("presented 0, current 1")),
        of_request("logout", "user:1", json!("scope=local")),
        of_operator("user_disabled"),
        of_operator("user_deleted"),
    ];
    let mut events = listed(url, &["--user", "1"]);
    for event in &mut events {
        let event = event.as_object_mut().unwrap();
        assert!(event.remove("id").unwrap().is_i64());
        let at = event.remove("at").unwrap();
        assert!(at.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().is_ok(), "{at}");
    }
    assert_eq!(events, expected);

    let (code, text, _) = audit(url, &[]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((code, lines.len()), (0, 7));
    assert!(lines[1].contains("login  ") && lines[1].contains("user=1  actor=user:1"), "{text}");
    service.stop();
}

#[tokio::test]
async fn events_are_selected_by_user_and_time() {
    let database = databases::sqlite();
    let url = &database.url;
    for address in ["ada@example.com", "bob@example.com"] {
        done(url, &["add", address], PASSWORD);
    }
    assert_eq!(listed(url, &["--user", "bob@example.com"]).len(), 1);
    assert_eq!(listed(url, &["--since", "1h"]).len(), 2);
    assert_eq!(listed(url, &["--since", "2100-01-01"]).len(), 0);
    assert_eq!(listed(url, &["--user", "7"]).len(), 0);
    let (code, _, stderr) = audit(url, &["--user", "eve@example.com"]);
    assert_eq!((code, stderr.trim()), (1, "error: there is no user eve@example.com"));
    let (code, _, stderr) = audit(url, &["--since", "yesterday"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("expected a time such as"), "{stderr}");
}

/// A command that changes nothing leaves no event.
#[test]
fn rejected_command_leaves_no_event() {
    let database = databases::sqlite();
    let url = &database.url;
    done(url, &["add", "ada@example.com"], PASSWORD);
    assert_eq!(super::user(url, &["add", "ada@example.com"], PASSWORD).0, 1);
    assert_eq!(super::user(url, &["disable", "7"], "").0, 1);
    assert_eq!(listed(url, &[]).len(), 1);
}

//! Delivery, and what the server may do instead of accepting a mail.

use rstest::rstest;
use serde_json::{Value, json};

use crate::databases::sqlite;
use crate::server::SmtpServer;
use crate::support::{Service, client, countersign, run, until};
use crate::{PASSWORD, listed, mail, serve};

const EMAIL: &str = "new@example.com";

async fn register(service: &Service) {
    assert_eq!(service.post("/register", EMAIL, PASSWORD).await, Some(201));
}

/// The only mail, once its state is this after an attempt.
async fn attempted(database: &str, state: &str) -> Value {
    let is_so = |mail: &Value| mail["state"] == state && !mail["last_error"].is_null();
    until("an attempt has failed", async || listed(database, &[]).iter().any(is_so)).await;
    listed(database, &[]).remove(0)
}

#[rstest]
#[case::without_tls("off", json!({}))]
#[case::with_starttls("starttls", json!({}))]
#[case::with_tls_from_the_start("implicit", json!({}))]
#[case::with_starttls_and_password("starttls", json!({"user": ["me@example.com", "p@s:s/"]}))]
#[case::with_tls_and_password("implicit", json!({"user": ["me", "pass"]}))]
#[tokio::test]
async fn mail_is_delivered(#[case] tls: &str, #[case] options: Value) {
    let Some(server) = SmtpServer::start_with(tls, &options) else { return };
    let database = sqlite();
    let certificate = server.certificate.clone();
    let flags = ["--smtp-root-certificate", &certificate, "--service-name", "Example"];
    let service = serve(&database.url, &server, if tls == "off" { &flags[2..] } else { &flags });
    register(&service).await;
    let mails = server.receives(1).await;
    let mail = &mails[0];
    assert_eq!((&mail["to"], &mail["from"]), (&json!([EMAIL]), &json!("auth@login.example")));
    assert_eq!(mail["sender"], "Login <auth@login.example>");
    assert_eq!(mail["subject"], "Confirm your e-mail address");
    assert_eq!(mail["types"], json!(["multipart/alternative", "text/plain", "text/html"]));
    assert_eq!(mail["tls"], tls != "off");
    let text = mail["text"].as_str().unwrap();
    let (_, token) = text.split_once("https://login.example/ui/verify-email?token=").unwrap();
    let token = token.split_whitespace().next().unwrap();
    assert!(mail["html"].as_str().unwrap().contains(token));
    let answer = client().post(service.url("/verify-email")).form(&[("token", token)]);
    assert_eq!(answer.send().await.unwrap().status(), 200);
    // Listed as sent, and only on demand.
    until("it is stored as sent", async || listed(&database.url, &[]).is_empty()).await;
    let sent = listed(&database.url, &["--all", "--recipient", "NEW@example.com"]);
    assert_eq!((&sent[0]["state"], &sent[0]["attempts"]), (&json!("sent"), &json!(1)));
    assert!(!service.stop().1.contains(token), "no token in the log");
}

#[tokio::test]
async fn mail_is_tried_again_after_a_temporary_failure() {
    let options = json!({"answers": ["451 4.7.1 greylisted", "close"]});
    let Some(server) = SmtpServer::start_with("off", &options) else { return };
    let database = sqlite();
    let service = serve(&database.url, &server, &[]);
    register(&service).await;
    let first = attempted(&database.url, "queued").await;
    assert!(first["last_error"].as_str().unwrap().contains("greylisted"), "{first}");
    let id = first["id"].to_string();
    // Without the wait of the back-off.
    assert_eq!(mail(&database.url, &["retry", &id]), "queued 1\n");
    until("the second attempt has failed", async || {
        listed(&database.url, &[])[0]["attempts"] == 2
            && service.log_so_far().matches("mail not sent").count() == 2
    })
    .await;
    assert_eq!(mail(&database.url, &["retry", "--all"]), "queued 1\n");
    let received = server.receives(1).await;
    assert_eq!((received.len(), &received[0]["to"]), (1, &json!([EMAIL])));
}

#[tokio::test]
async fn mail_that_the_server_rejects_for_good_is_given_up() {
    let options = json!({"answers": ["550 5.1.1 no such user"]});
    let Some(server) = SmtpServer::start_with("off", &options) else { return };
    let database = sqlite();
    let service = serve(&database.url, &server, &[]);
    register(&service).await;
    let given_up = attempted(&database.url, "failed").await;
    assert!(given_up["last_error"].as_str().unwrap().contains("no such user"), "{given_up}");
    assert!(mail(&database.url, &["list"]).contains("failed  verify-email"));
    assert!(service.log_so_far().contains("mail given up"));
    let unknown =
        countersign(&["mail", "retry", "99", "--database", &database.url]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(1));
    assert_eq!(mail(&database.url, &["retry", &given_up["id"].to_string()]), "queued 1\n");
    server.receives(1).await;
}

#[tokio::test]
async fn rejected_credentials_and_certificates_are_not_for_good() {
    let options = json!({"user": ["me", "right"]});
    let Some(mut server) = SmtpServer::start_with("implicit", &options) else { return };
    let database = sqlite();
    // The certificate is not trusted.
    let service = serve(&database.url, &server, &[]);
    register(&service).await;
    let untrusted = attempted(&database.url, "queued").await;
    assert!(untrusted["last_error"].as_str().unwrap().contains("certificate"), "{untrusted}");
    service.stop();
    server.url = server.url.replace("right", "wrong");
    let certificate = server.certificate.clone();
    let service = serve(&database.url, &server, &["--smtp-root-certificate", &certificate]);
    mail(&database.url, &["retry", "--all"]);
    until("the credentials are rejected", async || {
        let mail = listed(&database.url, &[]).remove(0);
        mail["state"] == "queued" && mail["last_error"].as_str().unwrap().contains("535")
    })
    .await;
    assert!(!service.stop().1.contains("wrong"), "no password in the log");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn server_that_hangs_keeps_no_request_waiting() {
    let options = json!({"answers": ["hang"]});
    let Some(server) = SmtpServer::start_with("off", &options) else { return };
    let database = sqlite();
    let service = serve(&database.url, &server, &[]);
    register(&service).await;
    until("the attempt has begun", async || listed(&database.url, &[])[0]["attempts"] == 1).await;
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(200));
    assert_eq!(service.post("/register", "other@example.com", PASSWORD).await, Some(201));
    // The end does not wait for the server, and the mail is not lost.
    assert!(service.stop().0.success());
    let mails = listed(&database.url, &[]);
    assert_eq!(mails.len(), 3, "two links, and the notice of the login");
}

#[test]
fn faulty_settings_of_mails_have_their_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "neither a URL nor a certificate").unwrap();
    let file = file.to_str().unwrap();
    let smtp = ["--public-url", "https://a.example", "--mail-from", "a@a.example"];
    for (flags, code, sentence) in [
        (&["--smtp-url-file", file][..], 13, "cannot use the SMTP URL file"),
        (&["--smtp-url-file", "missing"], 13, "no such file"),
        (&["--mail-templates", "missing"], 13, "mail templates: missing"),
        (
            &["--smtp-url", "smtps://a.example", "--smtp-root-certificate", file],
            13,
            "it has no certificate in PEM",
        ),
        (&["--smtp-url", "smtps://bob:hunter2@"], 2, "--smtp-url"),
    ] {
        let (found, _, stderr) = run(countersign(&["serve"]).args(smtp).args(flags));
        assert_eq!(found, code, "{stderr}");
        assert!(stderr.contains(sentence) && !stderr.contains("hunter2"), "{stderr}");
    }
}

#[tokio::test]
async fn invited_user_chooses_a_password_by_the_link() {
    let Some(server) = SmtpServer::start() else { return };
    let database = sqlite();
    let service = serve(&database.url, &server, &[]);
    let mut invite = countersign(&["user", "invite", EMAIL, "--admin"]);
    invite.args(["--public-url", "https://login.example", "--mail-from", "auth@login.example"]);
    invite.env("COUNTERSIGN_SMTP_URL", &server.url);
    let (code, stdout, stderr) = run(crate::with_database(&mut invite, &database.url));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("invited user 1, new@example.com"), "{stdout}");
    let mails = server.receives(1).await;
    assert_eq!(mails[0]["subject"], "Your account at countersign");
    let link = "https://login.example/ui/accept-invitation?token=";
    let (_, token) = mails[0]["text"].as_str().unwrap().split_once(link).unwrap();
    let form = [("token", token.split_whitespace().next().unwrap()), ("password", PASSWORD)];
    let answer = client().post(service.url("/accept-invitation")).form(&form).send().await;
    assert_eq!(answer.unwrap().status(), 200);
    assert_eq!(service.post("/login", EMAIL, PASSWORD).await, Some(200));
    // Without the settings of mails no user is created.
    let mut invite = countersign(&["user", "invite", "other@example.com"]);
    let (code, _, stderr) = run(crate::with_database(&mut invite, &database.url));
    assert_eq!((code, stderr.contains("sends no mails")), (2, true), "{stderr}");
}

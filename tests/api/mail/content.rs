//! Languages, templates and injection.

use std::fs;

use countersign::mail::{MailKind, Templates};

use super::{inbox, post, with_mails};
use crate::support::{EMAIL, TestApp, TestResponse};

async fn forgot(app: &TestApp, headers: &[(&str, &str)]) {
    let mut request = app.post("/forgot-password").form(&[("email", EMAIL)]);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    assert_eq!(TestResponse::of(request).await.status, 202);
}

#[tokio::test]
async fn mail_is_in_the_language_of_the_client() {
    let app = TestApp::start_with(with_mails).await;
    for (accepted, subject) in [
        ("de-AT, en;q=0.5", "Legen Sie ein neues Passwort fest"),
        ("fr, de;q=0.9, en;q=0.8", "Legen Sie ein neues Passwort fest"),
        ("en", "Set a new password"),
        ("fr", "Set a new password"),
    ] {
        forgot(&app, &[("accept-language", accepted)]).await;
        let mail = inbox(&app).await.remove(0);
        assert_eq!(mail.content.subject, subject, "{accepted}");
    }
}

#[tokio::test]
async fn text_of_a_client_is_neither_markup_nor_a_template() {
    let app = TestApp::start_with(with_mails).await;
    forgot(&app, &[("user-agent", "<script>{{ 7 * 7 }}{% raw %}</script>")]).await;
    let content = inbox(&app).await.remove(0).content;
    assert!(content.text.contains("<script>{{ 7 * 7 }}{% raw %}</script>"), "{}", content.text);
    assert!(!content.html.contains("<script>"), "{}", content.html);
    assert!(content.html.contains("&lt;script&gt;{{ 7 * 7 }}{% raw %}"), "{}", content.html);
}

#[tokio::test]
async fn address_with_a_line_break_is_rejected() {
    let app = TestApp::start_with(with_mails).await;
    for email in ["a@example.com\r\nBcc: b@example.com", "a@example.com\nb", "a\r\n@example.com"] {
        let answer = post(&app, "/register", &[("email", email), ("password", super::GOOD)]).await;
        assert_eq!(answer.status, 400, "{email:?}");
        let answer = post(&app, "/forgot-password", &[("email", email)]).await;
        assert_eq!(answer.status, 400, "{email:?}");
    }
    assert!(inbox(&app).await.is_empty());
}

#[tokio::test]
async fn directory_overrides_texts_and_layouts() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("en.toml"), "[reset-password]\nsubject = \"{{ service }}!\"")
        .unwrap();
    fs::write(folder.path().join("fr.toml"), "greeting = \"Bonjour,\"").unwrap();
    fs::write(folder.path().join("mail.txt"), "{{ greeting }} {{ link }}").unwrap();
    let templates = folder.path().to_owned();
    let app = TestApp::start_with(|config| {
        with_mails(config);
        config.mail.as_mut().unwrap().templates = Some(templates);
    })
    .await;
    forgot(&app, &[("accept-language", "fr")]).await;
    let content = inbox(&app).await.remove(0).content;
    assert_eq!(content.subject, "Set a new password");
    assert!(content.text.starts_with("Bonjour, https://login.example/ui/reset-password?token="));
    forgot(&app, &[]).await;
    assert_eq!(inbox(&app).await[0].content.subject, "countersign!");
}

#[test]
fn faulty_template_is_an_error_at_the_start() {
    for (name, text, expected) in [
        (
            "en.toml",
            "[reset-password]\nsubject = \"{{ tokn }}\"",
            "reset-password: undefined value",
        ),
        ("en.toml", "[reset-password]\nsubject = \"{{ email \"", "syntax error"),
        (
            "en.toml",
            "[reset-pasword]\nsubject = \"x\"\ntext = \"x\"",
            "there is no mail reset-pasword",
        ),
        ("en.toml", "[reset-password]\nsubjct = \"x\"", "unknown field `subjct`"),
        ("en.toml", "x", "en.toml: "),
        ("mail.html", "{{ paragraph }}", "mail.html: undefined value"),
        ("mail.htm", "x", "mail.htm: unknown template"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let error = Templates::load(Some(folder.path())).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Templates::load(Some(&folder.path().join("missing"))).unwrap_err().to_string();
    assert!(error.contains("missing"), "{error}");
    assert!(Templates::load(None).is_ok());
    assert!(MailKind::ALL.len() >= MailKind::NOTICES.len());
}

//! The routes that send mails, with an inbox in memory.
//!
//! ```text
//! verification.rs  POST /verify-email, POST /verify-email/request, POST /register
//! reset.rs         POST /forgot-password, POST /reset-password, POST /accept-invitation
//! change.rs        POST /change-email, its confirmation, and its undoing
//! administration.rs what the administration API mails
//! codes.rs         POST /login/code
//! limits.rs        how many mails a recipient gets, and a network may request
//! notices.rs       notices
//! content.rs       languages, templates and injection
//! ```

mod administration;
mod change;
mod codes;
mod content;
mod limits;
mod notices;
mod reset;
mod verification;

use countersign::config::Config;
use countersign::domain::PublicUrl;
use countersign::mail::{InboxMail, MailKind, MailOptions, MailTransport};
use countersign::verification::EmailVerification;

use crate::support::{TestApp, TestResponse};

const GOOD: &str = "correct horse battery";
const INVALID_LINK: &str =
    r#"{"message": "The link is invalid, was used already or has expired; request a new one"}"#;
const MAIL_SENT: &str = r#"{"message": "If the address is eligible, a mail is on its way to it"}"#;

/// Mails into the inbox, and verification as it is by default then.
pub(crate) fn with_mails(config: &mut Config) {
    config.public_url = Some(PublicUrl::parse("https://login.example").unwrap());
    config.accounts.verification = EmailVerification::Optional;
    config.mail = Some(MailOptions {
        transport: MailTransport::Inbox,
        from: "auth@login.example".parse().unwrap(),
        service_name: MailOptions::DEFAULT_SERVICE_NAME.to_owned(),
        notices: MailKind::NOTICES.to_vec(),
        templates: None,
    });
}

async fn post(app: &TestApp, path: &str, form: &[(&str, &str)]) -> TestResponse {
    TestResponse::of(app.post(path).form(form)).await
}

async fn register(app: &TestApp, email: &str) -> TestResponse {
    post(app, "/register", &[("email", email), ("password", GOOD)]).await
}

/// All mails that were sent, the newest first.
pub(crate) async fn inbox(app: &TestApp) -> Vec<InboxMail> {
    app.app.delivery.as_ref().unwrap().deliver_due().await.unwrap();
    app.app.inbox.as_ref().unwrap().mails()
}

/// Kind and recipient of all mails that were sent, the oldest first.
async fn sent(app: &TestApp) -> Vec<(&'static str, String)> {
    let mails = inbox(app).await.into_iter().rev();
    mails.map(|mail| (mail.kind.name(), mail.recipient.to_string())).collect()
}

/// The token in the link of the newest mail of this kind.
pub(crate) async fn token(app: &TestApp, kind: MailKind) -> String {
    let mails = inbox(app).await;
    let mail = mails.iter().find(|mail| mail.kind == kind).expect("there is a mail");
    let link = format!("https://login.example/{}?token=", kind.page().unwrap());
    let (_, rest) = mail.content.text.split_once(&link).expect("the mail has a link");
    rest.split_whitespace().next().unwrap().to_owned()
}

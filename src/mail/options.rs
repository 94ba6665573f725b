//! Options of mails.

use std::path::PathBuf;

use lettre::message::Mailbox;

use super::kind::MailKind;
use super::smtp_url::SmtpUrl;

/// Options of mails.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// How mails are sent.
    pub transport: MailTransport,
    /// The sender.
    pub from: Mailbox,
    /// The name of the service in mails. Default: `countersign`.
    pub service_name: String,
    /// The notices that are sent. Default: [`MailKind::NOTICES`].
    pub notices: Vec<MailKind>,
    /// The directory with templates that override the built-in ones.
    pub templates: Option<PathBuf>,
}

/// How mails are sent.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// They are kept in memory.
    Inbox,
    /// By SMTP.
    Smtp(SmtpOptions),
}

/// Options of the delivery by SMTP.
#[derive(Clone, Debug)]
pub struct SmtpOptions {
    /// The server.
    pub url: SmtpUrl,
    /// A root certificate in PEM that is trusted besides the public ones.
    pub root_certificate: Option<Vec<u8>>,
}

impl MailOptions {
    /// The default service name.
    pub const DEFAULT_SERVICE_NAME: &str = "countersign";
}

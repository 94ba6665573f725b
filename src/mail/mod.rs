//! Mails: their texts, their sealed content, and the ways of sending them.
//!
//! ```text
//! kind.rs          MailKind: what a mail is about
//! options.rs       MailOptions
//! new_mail.rs      NewMail: a mail for the outbox
//! composer.rs      Composer: from a kind and its data to a mail for the outbox
//! templates.rs     Templates: texts in several languages, and the layouts; templates/ has the built-in ones
//! texts.rs         the texts of a language, from TOML
//! content.rs       MailContent: subject and bodies, sealed while they are stored
//! smtp.rs          SmtpServer: delivery by SMTP
//! smtp_url.rs      SmtpUrl
//! inbox.rs         Inbox: delivery into memory, for the demo and for development
//! ```
//!
//! The outbox is in [`store`](crate::store), its delivery in [`outbox`](crate::outbox).

mod composer;
mod content;
mod inbox;
mod kind;
mod new_mail;
mod options;
mod smtp;
mod smtp_url;
mod templates;
mod texts;

pub use composer::{Composer, MailData, MailError};
pub use content::{MailContent, SealedContent};
pub use inbox::{Inbox, InboxMail};
pub use kind::MailKind;
pub use new_mail::NewMail;
pub use options::{MailOptions, MailTransport, SmtpOptions};
pub use smtp::{DeliveryError, SmtpServer};
pub use smtp_url::{SmtpUrl, SmtpUrlError};
pub use templates::{TemplateError, Templates};

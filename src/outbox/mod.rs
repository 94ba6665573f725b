//! The outbox: delivery of stored mails, and their administration.
//!
//! A mail is stored in the transaction of the change that causes it, and sent at least once.
//!
//! ```text
//! delivery.rs      Delivery: sends what is due
//! outbox.rs        Outbox: list and retry
//! mail_json.rs     MailJson: the JSON object of a mail
//! back_off.rs      the time of the next attempt
//! ```

mod back_off;
mod delivery;
mod mail_json;
#[expect(clippy::module_inception, reason = "the type that the folder is named for")]
mod outbox;

pub use delivery::{Delivery, MailCarrier};
pub use mail_json::MailJson;
pub use outbox::Outbox;

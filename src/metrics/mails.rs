//! Metrics of the delivery of mails.

use prometheus_client::registry::Registry;

use super::counters::Counters;
use super::label::label;
use super::registry::MetricGroup;

label! {
    /// The outcome of an attempt to send a mail.
    pub enum MailOutcome: "outcome" {
        /// The server has accepted it.
        Sent = "sent",
        /// It failed, and there will be another attempt.
        Retried = "retried",
        /// It failed, and the mail was given up.
        GivenUp = "given_up",
    }
}

/// Metrics of the delivery of mails. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct MailMetrics {
    /// Attempts to send a mail.
    pub attempts: Counters<MailOutcome>,
}

impl MetricGroup for MailMetrics {
    fn register(&self, registry: &mut Registry) {
        let help = "Attempts of this instance to send a mail, by their outcome";
        self.attempts.register("countersign_mail_attempts", help, registry);
    }
}

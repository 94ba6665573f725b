//! Metrics of attempts to prove the knowledge of a password or of a login code.

use prometheus_client::registry::Registry;

use super::counters::Counters;
use super::label::label;
use super::registry::MetricGroup;

label! {
    /// The outcome of an attempt.
    pub enum AttemptOutcome: "outcome" {
        /// It succeeded.
        Succeeded = "succeeded",
        /// The password is right, and the address of the user has to be verified first.
        Unverified = "unverified",
        /// There is no account with the address.
        Unknown = "unknown",
        /// The password is wrong.
        WrongPassword = "wrong_password",
        /// The login code is wrong, was used, or has expired.
        WrongCode = "wrong_code",
        /// The account is disabled.
        Disabled = "disabled",
        /// It was throttled.
        Throttled = "throttled",
        /// It was not judged: load shedding, or a failure such as that of the store.
        Failed = "failed",
    }
}

/// Metrics of attempts. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct AttemptMetrics {
    /// Logins, by a password or a code.
    pub logins: Counters<AttemptOutcome>,
    /// Confirmations of the password by users who are logged in.
    pub confirmations: Counters<AttemptOutcome>,
}

impl MetricGroup for AttemptMetrics {
    fn register(&self, registry: &mut Registry) {
        let help = "Logins by a password or a code, by their outcome";
        self.logins.register("countersign_logins", help, registry);
        let help = "Confirmations of the password by users who are logged in, by their outcome";
        self.confirmations.register("countersign_password_confirmations", help, registry);
    }
}

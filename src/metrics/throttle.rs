//! Metrics of the throttle.

use prometheus_client::registry::Registry;

use super::counters::Counters;
use super::label::label;
use super::registry::MetricGroup;

label! {
    /// What was throttled.
    pub enum ThrottledKind: "kind" {
        /// An attempt to prove the knowledge of a password or of a login code.
        Password = "password",
        /// A registration.
        Registration = "registration",
        /// A request for a mail.
        Mail = "mail",
        /// A refresh.
        Refresh = "refresh",
        /// A request with wrong credentials of an OAuth client.
        OAuthClient = "oauth_client",
    }
}

/// Metrics of the throttle. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct ThrottleMetrics {
    /// Requests that were throttled.
    pub throttled: Counters<ThrottledKind>,
}

impl MetricGroup for ThrottleMetrics {
    fn register(&self, registry: &mut Registry) {
        let help = "Requests that were throttled, by their kind";
        self.throttled.register("countersign_throttled", help, registry);
    }
}

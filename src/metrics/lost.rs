//! Metrics of what was lost because a queue was full.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::counters::Counters;
use super::label::label;
use super::registry::MetricGroup;

label! {
    /// The priority of a log line.
    pub enum LogPriority: "priority" {
        /// Ordinary lines, most of them of the access log.
        Ordinary = "ordinary",
        /// Audit events, warnings and errors.
        High = "high",
    }
}

/// Log lines that were lost. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct LostLogLines(pub Counters<LogPriority>);

/// Audit events that were not stored. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct LostAuditEvents(Counter);

impl LostAuditEvents {
    /// Counts so many events.
    pub fn count(&self, number: u64) {
        self.0.inc_by(number);
    }

    /// The number of events.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.get()
    }
}

impl MetricGroup for LostLogLines {
    fn register(&self, registry: &mut Registry) {
        let help = "Log lines that were lost, since the log was not read fast enough";
        self.0.register("countersign_log_lines_lost", help, registry);
    }
}

impl MetricGroup for LostAuditEvents {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "countersign_audit_events_lost",
            "Audit events that were not stored; their log lines have them",
            self.0.clone(),
        );
    }
}

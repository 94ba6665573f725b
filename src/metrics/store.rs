//! Metrics of the store.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::counters::OneLabel;
use super::durations::durations;
use super::registry::MetricGroup;

/// Metrics of the operations of a store, by the name of its method. A cheap handle.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    durations: Family<OneLabel, Histogram>,
    errors: Family<OneLabel, Counter>,
}

impl StoreMetrics {
    /// Records an operation.
    pub fn record(&self, operation: &'static str, duration: Duration, has_failed: bool) {
        let labels = [("operation", operation)];
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
        self.errors.get_or_create(&labels).inc_by(has_failed.into());
    }
}

impl Default for StoreMetrics {
    fn default() -> Self {
        let durations = Family::new_with_constructor(durations as fn() -> Histogram);
        Self { durations, errors: Family::default() }
    }
}

impl MetricGroup for StoreMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "countersign_store_duration_seconds",
            "Time of operations of the store, with the wait for a connection",
            self.durations.clone(),
        );
        registry.register(
            "countersign_store_errors",
            "Operations of the store that failed, since it is unavailable",
            self.errors.clone(),
        );
    }
}

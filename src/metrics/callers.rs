//! Metrics of the cache of caller look-ups.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::registry::MetricGroup;

/// Metrics of the cache of caller look-ups. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct CallerCacheMetrics {
    hits: Counter,
    misses: Counter,
}

impl CallerCacheMetrics {
    /// Counts a look-up without a query.
    pub fn hit(&self) {
        self.hits.inc();
    }

    /// Counts a query.
    pub fn miss(&self) {
        self.misses.inc();
    }
}

impl MetricGroup for CallerCacheMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "countersign_caller_cache_hits",
            "Look-ups of callers without a query",
            self.hits.clone(),
        );
        registry.register(
            "countersign_caller_cache_misses",
            "Look-ups of callers with a query",
            self.misses.clone(),
        );
    }
}

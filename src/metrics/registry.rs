//! All metrics, and their text.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_text};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use super::requests::RequestMetrics;

/// All metrics of a service. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: RequestMetrics,
}

/// Metrics that one part of the service owns.
pub trait MetricGroup {
    /// Adds the metrics to the registry: under names that begin with `countersign_`, in base units.
    fn register(&self, registry: &mut Registry);
}

impl Metrics {
    /// The media type of [`Metrics::text`].
    pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

    /// No metrics but those of requests.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Self::default();
        metrics.add(&metrics.requests);
        metrics
    }

    /// The metrics of requests.
    #[must_use]
    pub fn requests(&self) -> &RequestMetrics {
        &self.requests
    }

    /// Adds a group.
    pub fn add(&self, group: &impl MetricGroup) {
        group.register(&mut self.registry());
    }

    /// Adds a gauge that is read when the text is written; `None` where it has no value.
    pub fn add_gauge<N: Into<Option<u64>>>(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> N + Send + Sync + 'static,
    ) {
        let read = move || read().into().map(|value| (Vec::new(), value)).into_iter().collect();
        self.add_gauges(name, help, read);
    }

    /// Adds gauges of one name, with their labels.
    pub fn add_gauges(
        &self,
        name: &'static str,
        help: &'static str,
        read: impl Fn() -> Vec<(Labels, u64)> + Send + Sync + 'static,
    ) {
        self.registry().register_collector(Box::new(Gauges { name, help, read }));
    }

    /// Adds a metric with the value 1, whose labels are the information.
    pub fn add_info(&self, name: &str, help: &str, labels: Vec<(&'static str, String)>) {
        self.registry().register(name, help, Info::new(labels));
    }

    /// The metrics in Prometheus' text format, version 0.0.4.
    ///
    /// # Errors
    ///
    /// [`fmt::Error`], of a metric that cannot be read.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry())?;
        Ok(text)
    }

    // A registration is complete before anything can panic.
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names and the values of labels.
type Labels = Vec<(&'static str, &'static str)>;

/// Gauges that are read when they are written.
struct Gauges<R> {
    name: &'static str,
    help: &'static str,
    read: R,
}

impl<R: Fn() -> Vec<(Labels, u64)> + Send + Sync + 'static> Collector for Gauges<R> {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let values = (self.read)();
        if values.is_empty() {
            return Ok(());
        }
        let kind = ConstGauge::new(0_u64).metric_type();
        let help = sentence(self.help);
        let mut encoder = encoder.encode_descriptor(self.name, &help, None, kind)?;
        for (labels, value) in values {
            ConstGauge::new(value).encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// A help as those of registered metrics are written.
pub(super) fn sentence(help: &str) -> String {
    format!("{help}.")
}

impl<R> fmt::Debug for Gauges<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gauges").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauge_without_a_value_is_left_out() {
        let metrics = Metrics::new();
        metrics.add_gauge("one", "One", || 1_u64);
        metrics.add_gauge("none", "None", || None::<u64>);
        let text = metrics.text().unwrap();
        assert!(text.contains("# HELP one One.\n# TYPE one gauge\none 1\n"), "{text}");
        assert!(!text.contains("none"), "{text}");
    }
}

//! Histograms of durations, in seconds.

use prometheus_client::metrics::histogram::Histogram;

/// The upper bounds of the buckets: from what a request with a cached caller takes to the longest wait for
/// a password hash.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// An empty histogram of durations.
pub(super) fn durations() -> Histogram {
    Histogram::new(BUCKETS)
}

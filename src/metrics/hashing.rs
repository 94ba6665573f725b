//! Metrics of password hashing.

use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::counters::{Counters, OneLabel};
use super::durations::durations;
use super::label::{Label, label};
use super::registry::MetricGroup;

label! {
    /// What a hashing thread computes.
    pub enum HashingJob: "job" {
        /// The hash of a new password.
        Hash = "hash",
        /// The verification of a password.
        Verify = "verify",
        /// The check of a new password against the policy.
        Check = "check",
    }
}

label! {
    /// The reason why a job was shed.
    pub enum Shedding: "reason" {
        /// The queue was full, and no other origin took more of it.
        Full = "full",
        /// It left a full queue for the job of an origin that took less of it.
        Displaced = "displaced",
        /// It waited for too long.
        Timeout = "timeout",
    }
}

/// Metrics of password hashing. A cheap handle.
#[derive(Clone, Debug)]
pub struct HashingMetrics {
    wait: Histogram,
    durations: Family<OneLabel, Histogram>,
    shed: Counters<Shedding>,
}

impl HashingMetrics {
    /// Records for how long a job has waited for a thread.
    pub fn waited(&self, duration: Duration) {
        self.wait.observe(duration.as_secs_f64());
    }

    /// Records for how long a job was computed.
    pub fn computed(&self, job: HashingJob, duration: Duration) {
        let labels = [(HashingJob::NAME, job.value())];
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
    }

    /// Counts a job that was shed.
    pub fn shed(&self, reason: Shedding) {
        self.shed.count(reason);
    }
}

impl Default for HashingMetrics {
    fn default() -> Self {
        let by_job = Family::new_with_constructor(durations as fn() -> Histogram);
        for job in HashingJob::VALUES {
            drop(by_job.get_or_create(&[(HashingJob::NAME, job.value())]));
        }
        Self { wait: durations(), durations: by_job, shed: Counters::default() }
    }
}

impl MetricGroup for HashingMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "countersign_hashing_wait_seconds",
            "Time that jobs have waited for a hashing thread",
            self.wait.clone(),
        );
        registry.register(
            "countersign_hashing_duration_seconds",
            "Time that hashing threads have computed a job",
            self.durations.clone(),
        );
        let help = "Jobs that were rejected by load shedding";
        self.shed.register("countersign_hashing_shed", help, registry);
    }
}

//! The metrics of a service: those of its parts.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::open_store::OpenStore;
use crate::clock::SystemClock;
use crate::metrics::{CallerCacheMetrics, MailMetrics, Metrics, ProcessMetrics, StoreMetrics};
use crate::outbox::{Delivery, Outbox};
use crate::password::HashingPool;
use crate::store::sql::PoolConnections;
use crate::throttle::Throttle;

/// How long [`AppMetrics::text`] waits for a database that may not respond.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

/// The metrics of a service. A cheap handle.
#[derive(Clone, Debug, Default)]
pub struct AppMetrics {
    /// All that are read without waiting.
    pub metrics: Metrics,
    /// The number of queued mails; `None` where it is unknown.
    queued_mails: Arc<Mutex<Option<u64>>>,
}

impl AppMetrics {
    /// The metrics in Prometheus' text format. What a database that does not respond within a second would
    /// say is left out.
    ///
    /// # Errors
    ///
    /// [`fmt::Error`], of a metric that cannot be read.
    pub async fn text(&self, outbox: &Outbox) -> Result<String, fmt::Error> {
        let queued = timeout(STORE_TIMEOUT, outbox.queued()).await;
        *self.queued_mails.lock().unwrap_or_else(PoisonError::into_inner) =
            queued.ok().and_then(Result::ok);
        self.metrics.text()
    }

    /// Adds those of the process, its build and its mails.
    pub(super) fn new() -> Self {
        let Self { metrics, queued_mails } = Self { metrics: Metrics::new(), ..Self::default() };
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        metrics.add_info("countersign_build", "The version of countersign", version);
        metrics.add(&ProcessMetrics { start: SystemClock::since_unix_epoch() });
        let queued = Arc::clone(&queued_mails);
        let queued = move || *queued.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "Mails of all instances that wait for an attempt";
        metrics.add_gauge("countersign_mails_queued", help, queued);
        Self { metrics, queued_mails }
    }

    pub(super) fn add_hashing(&self, pool: &HashingPool, capacity: usize) {
        let metrics = &self.metrics;
        metrics.add(pool.metrics());
        let of_engine = pool.engine();
        let engine = vec![("engine", of_engine.engine().to_string())];
        metrics.add_info("countersign_hashing_engine", "The engine of argon2 in use", engine);
        let has_fallen_back = u64::from(of_engine.rejected().is_some());
        let help = "Whether the chosen engine of argon2 failed its self-test and is not used";
        metrics.add_gauge("countersign_hashing_engine_fallback", help, move || has_fallen_back);
        let help = "Jobs in the queue for password hashing";
        let pool = pool.clone();
        let length = move || pool.queue_length() as u64;
        metrics.add_gauge("countersign_hashing_queue_length", help, length);
        let help = "Capacity of the queue for password hashing";
        metrics.add_gauge("countersign_hashing_queue_capacity", help, move || capacity as u64);
    }

    pub(super) fn add_throttle(&self, throttle: &Throttle) {
        self.metrics.add(throttle.metrics());
        let help = "Accounts, networks and devices with remembered failures";
        let of = throttle.clone();
        let remembered = move || of.remembered() as u64;
        self.metrics.add_gauge("countersign_throttle_remembered", help, remembered);
        let help = "Whether a distributed attack is going on";
        let of = throttle.clone();
        let is_attack = move || u64::from(of.is_distributed_attack());
        self.metrics.add_gauge("countersign_throttle_distributed_attack", help, is_attack);
    }

    pub(super) fn add_store(&self, store: &OpenStore, operations: &StoreMetrics) {
        let metrics = &self.metrics;
        metrics.add(operations);
        let (system, callers) = match store {
            OpenStore::Memory(_) => ("memory", &CallerCacheMetrics::default()),
            OpenStore::Sql(sql) => (sql.system(), sql.caller_cache_metrics()),
        };
        metrics.add(callers);
        metrics.add_info(
            "countersign_store",
            "The database system",
            vec![("system", system.to_owned())],
        );
        let OpenStore::Sql(sql) = store else { return };
        let of = sql.clone();
        let help = "Connections to the database, by pool and state";
        metrics.add_gauges("countersign_store_connections", help, move || {
            let by_state = |PoolConnections { pool, idle, in_use, .. }| {
                let labels = |state| vec![("pool", pool), ("state", state)];
                [(labels("idle"), idle as u64), (labels("in_use"), in_use as u64)]
            };
            of.connections().into_iter().flat_map(by_state).collect()
        });
        let of = sql.clone();
        let help = "Limit of connections to the database, by pool";
        metrics.add_gauges("countersign_store_connections_max", help, move || {
            let limits = of.connections().into_iter();
            limits.map(|of| (vec![("pool", of.pool)], of.max as u64)).collect()
        });
    }

    pub(super) fn add_delivery(&self, delivery: Option<&Delivery>) {
        match delivery {
            Some(delivery) => self.metrics.add(delivery.metrics()),
            None => self.metrics.add(&MailMetrics::default()),
        }
    }
}

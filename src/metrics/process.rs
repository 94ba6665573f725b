//! Metrics of the process, under the names that all Prometheus clients use.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::registry::{MetricGroup, sentence};

/// Start, CPU, memory and descriptors of this process. On systems other than Linux, the start alone.
#[derive(Clone, Copy, Debug)]
pub struct ProcessMetrics {
    /// The start of the process, since 1970.
    pub start: Duration,
}

impl MetricGroup for ProcessMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register_collector(Box::new(*self));
    }
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let start = ConstGauge::new(self.start.as_secs_f64());
        let help = "Start time of the process, in seconds since 1970";
        encode(&mut encoder, "process_start_time_seconds", help, &start)?;
        #[cfg(target_os = "linux")]
        if let Some(usage) = linux::Usage::read() {
            let cpu = ConstCounter::new(usage.cpu.as_secs_f64());
            let help = "CPU time of the process, in user and system mode";
            encode(&mut encoder, "process_cpu_seconds", help, &cpu)?;
            for (name, help, value) in usage.gauges() {
                encode(&mut encoder, name, help, &ConstGauge::new(value))?;
            }
        }
        Ok(())
    }
}

fn encode(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    let encoder = encoder.encode_descriptor(name, &sentence(help), None, metric.metric_type())?;
    metric.encode(encoder)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::time::Duration;

    use rustix::param::page_size;
    use rustix::process::{Resource, getrlimit};
    use rustix::time::{ClockId, clock_gettime};

    /// What the process uses.
    pub(super) struct Usage {
        pub(super) cpu: Duration,
        virtual_bytes: u64,
        resident_bytes: u64,
        open_descriptors: usize,
        max_descriptors: Option<u64>,
    }

    impl Usage {
        /// Reads `/proc`; `None` where it is not mounted.
        pub(super) fn read() -> Option<Self> {
            let memory = fs::read_to_string("/proc/self/statm").ok()?;
            let mut pages = memory.split(' ').map_while(|pages| pages.parse::<u64>().ok());
            let bytes = |pages| pages * page_size() as u64;
            let cpu = clock_gettime(ClockId::ProcessCPUTime);
            Some(Self {
                cpu: Duration::try_from(cpu).ok()?,
                virtual_bytes: pages.next().map(bytes)?,
                resident_bytes: pages.next().map(bytes)?,
                // Without that of the folder itself.
                open_descriptors: fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1),
                max_descriptors: getrlimit(Resource::Nofile).current,
            })
        }

        /// Names, helps and values.
        #[expect(clippy::cast_precision_loss, reason = "a count beyond 2^53 is not met")]
        pub(super) fn gauges(&self) -> impl Iterator<Item = (&'static str, &'static str, f64)> {
            let all = [
                (
                    "process_virtual_memory_bytes",
                    "Address space of the process",
                    Some(self.virtual_bytes),
                ),
                (
                    "process_resident_memory_bytes",
                    "Memory of the process",
                    Some(self.resident_bytes),
                ),
                ("process_open_fds", "Open file descriptors", Some(self.open_descriptors as u64)),
                ("process_max_fds", "Limit of open file descriptors", self.max_descriptors),
            ];
            all.into_iter().filter_map(|(name, help, value)| Some((name, help, value? as f64)))
        }
    }
}

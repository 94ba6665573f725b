//! The log of connections that are closed or refused because there are too many.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

/// An event of pressure.
#[derive(Clone, Copy)]
pub(super) enum PressureEvent {
    /// A connection was closed in favour of another one.
    Evicted,
    /// A new connection was closed.
    Refused,
}

/// Counts the events from the begin of the pressure to its end, and logs both. While it lasts, the
/// counts are logged every ten seconds.
#[derive(Default)]
pub(super) struct Pressure {
    current: Option<Current>,
}

struct Current {
    since: Instant,
    last_event: Instant,
    next_log: Instant,
    evicted: u64,
    refused: u64,
}

/// Without an event for so long the pressure has ended.
const PAUSE: Duration = Duration::from_secs(10);

impl Pressure {
    /// Counts an event. Whether the pressure begins.
    pub(super) fn record(&mut self, event: PressureEvent) -> bool {
        let now = Instant::now();
        let begins = self.current.is_none();
        let current = self.current.get_or_insert(Current {
            since: now,
            last_event: now,
            next_log: now + PAUSE,
            evicted: 0,
            refused: 0,
        });
        current.last_event = now;
        match event {
            PressureEvent::Evicted => current.evicted += 1,
            PressureEvent::Refused => current.refused += 1,
        }
        begins
    }

    /// Logs the begin of the pressure.
    pub(super) fn log_begin(open: usize, networks: usize, network: &str, of_network: usize) {
        warn!(
            open,
            networks, network, of_network, "too many connections, closing the longest idle ones"
        );
    }

    /// Logs the counts if they are due. Returns when to call it next, while the pressure lasts.
    pub(super) fn log(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let Current { since, last_event, next_log, evicted, refused } = self.current.as_mut()?;
        if now < *next_log {
            return Some(*next_log);
        }
        let seconds = now.duration_since(*since).as_secs();
        if now >= *last_event + PAUSE {
            info!(evicted, refused, seconds, "no longer too many connections");
            self.current = None;
            return None;
        }
        warn!(evicted, refused, seconds, "still too many connections");
        *next_log = now + PAUSE;
        Some(*next_log)
    }
}

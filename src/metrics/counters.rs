//! A counter for each value of a label.

use std::fmt;
use std::marker::PhantomData;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::label::Label;

/// The name and the value of a label.
pub(super) type OneLabel = [(&'static str, &'static str); 1];

/// A counter for each value of a label. All of them exist from the start, so that the first event is an
/// increase. A cheap handle.
pub struct Counters<L> {
    family: Family<OneLabel, Counter>,
    label: PhantomData<fn(L)>,
}

impl<L: Label> Counters<L> {
    /// Counts an event.
    pub fn count(&self, value: L) {
        self.count_many(value, 1);
    }

    /// Counts so many events.
    pub fn count_many(&self, value: L, number: u64) {
        self.family.get_or_create(&[(L::NAME, value.value())]).inc_by(number);
    }

    pub(super) fn register(&self, name: &str, help: &str, registry: &mut Registry) {
        registry.register(name, help, self.family.clone());
    }
}

impl<L: Label> Default for Counters<L> {
    fn default() -> Self {
        let counters = Self { family: Family::default(), label: PhantomData };
        for value in L::VALUES {
            counters.count_many(*value, 0);
        }
        counters
    }
}

impl<L> Clone for Counters<L> {
    fn clone(&self) -> Self {
        Self { family: self.family.clone(), label: PhantomData }
    }
}

impl<L> fmt::Debug for Counters<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").finish_non_exhaustive()
    }
}

//! Admission and rejection of attempts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::attempt::{Attempt, Throttled};
use super::failures::{FailureChange, Failures};
use super::key::FailureKey;
use super::options::ThrottleOptions;
use super::requests::{CountedRequest, Requests};
use super::state::State;
use crate::domain::{DeviceId, Timestamp};
use crate::metrics::{ThrottleMetrics, ThrottledKind};

/// Throttles failed attempts. Cheap to clone; clones share their state.
#[derive(Clone, Debug)]
pub struct Throttle {
    options: ThrottleOptions,
    state: Arc<Mutex<State>>,
    requests: Arc<Mutex<Requests>>,
    metrics: ThrottleMetrics,
}

/// An admitted attempt. Dropped, it counts as a failure.
#[derive(Debug)]
#[must_use = "it counts as a failure"]
pub struct Permit {
    /// `None` once the outcome is known, and where nothing is throttled.
    throttle: Option<Throttle>,
    attempt: Attempt,
    admission: Admission,
    admitted_at: Timestamp,
}

/// How an attempt was admitted.
#[derive(Clone, Copy, Debug)]
enum Admission {
    /// As that of a known device; it counts as a failure already.
    Known(DeviceId),
    /// It counts as a failure already; the failures of account and network before.
    Reserved(Failures),
    /// It counts as a failure once it fails: there is none to remember, and logins at once are not
    /// limited. Of attempts at once, the queue for password hashing limits the number.
    Free,
}

impl Throttle {
    /// The maximum number of keys in memory; they take about 20 MB.
    pub const CAPACITY: usize = 200_000;

    /// A throttle without failures, whose failures stay in memory.
    #[must_use]
    pub fn new(options: ThrottleOptions) -> Self {
        Self::with(options, false)
    }

    /// A throttle without failures, whose changes wait for a store.
    #[must_use]
    pub fn stored(options: ThrottleOptions) -> Self {
        Self::with(options, options.enabled)
    }

    fn with(options: ThrottleOptions, is_stored: bool) -> Self {
        let state = Arc::new(Mutex::new(State::new(Self::CAPACITY, is_stored)));
        let requests = Arc::new(Mutex::new(Requests::new(Self::CAPACITY)));
        Self { options, state, requests, metrics: ThrottleMetrics::default() }
    }

    /// The metrics of this throttle.
    #[must_use]
    pub fn metrics(&self) -> &ThrottleMetrics {
        &self.metrics
    }

    /// The number of accounts, networks and devices with remembered failures.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.lock().remembered()
    }

    /// Whether a distributed attack is going on.
    #[must_use]
    pub fn is_distributed_attack(&self) -> bool {
        self.lock().is_distributed_attack()
    }

    /// Takes up to `limit` of the changes that the store does not have, the oldest first.
    #[must_use]
    pub fn take_unsaved(&self, limit: usize) -> Vec<FailureChange> {
        self.lock().take_unsaved(limit)
    }

    /// Gives changes back that the store could not take.
    pub fn give_back(&self, changes: Vec<FailureChange>) {
        self.lock().give_back(changes);
    }

    /// Takes over what the store has; later changes of this process are applied to it.
    pub fn take_over(&self, stored: HashMap<FailureKey, Failures>, now: Timestamp) {
        self.lock().take_over(stored, now);
    }

    /// Admits an attempt.
    ///
    /// # Errors
    ///
    /// [`Throttled`].
    pub fn admit(&self, attempt: Attempt, now: Timestamp) -> Result<Permit, Throttled> {
        let permit =
            |throttle, admission| Permit { throttle, attempt, admission, admitted_at: now };
        if !self.options.enabled {
            return Ok(permit(None, Admission::Free));
        }
        let mut state = self.lock();
        state.observe(now);
        let throttle = Some(self.clone());
        if let Some(device) = attempt.device
            && state.admit_device(device, now)
        {
            return Ok(permit(throttle, Admission::Known(device)));
        }
        if let Some((key, retry_after)) = state.wait(attempt, self.options, now) {
            self.metrics.throttled.count(ThrottledKind::Password);
            return Err(Throttled { retry_after, is_first: state.report(key) });
        }
        if state.is_suspicious(attempt, self.options, now) {
            let before = state.of_account_and_network(attempt);
            state.add_failure(attempt, self.options, now);
            Ok(permit(throttle, Admission::Reserved(before)))
        } else {
            Ok(permit(throttle, Admission::Free))
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// [`Throttled`].
    pub fn count(&self, request: CountedRequest, now: Timestamp) -> Result<(), Throttled> {
        if !self.options.enabled {
            return Ok(());
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.count(request, self.options, now).inspect_err(|_| {
            self.metrics.throttled.count(match request {
                CountedRequest::Registration(_) => ThrottledKind::Registration,
                CountedRequest::Mail(_) => ThrottledKind::Mail,
                CountedRequest::Refresh(_) => ThrottledKind::Refresh,
                CountedRequest::OAuthClientFailure(_) => ThrottledKind::OAuthClient,
            });
        })
    }

    // Each change is complete before anything can panic.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The attempt succeeded: the failures of its device, or of its network for this account, are
    /// forgotten.
    pub fn succeeded(mut self, now: Timestamp) {
        let Some(throttle) = self.throttle.take() else { return };
        let (mut state, attempt) = (throttle.lock(), self.attempt);
        // Also one that counts as unknown: it is known again.
        if let Some(device) = attempt.device {
            state.forget_device(device, now);
        }
        match self.admission {
            Admission::Known(_) => {}
            Admission::Reserved(_) => state.succeed(attempt, true, throttle.options, now),
            Admission::Free => state.succeed(attempt, false, throttle.options, now),
        }
    }

    /// The attempt was not judged, such as in a failure of the store: it does not count.
    pub fn cancelled(mut self, now: Timestamp) {
        let Some(throttle) = self.throttle.take() else { return };
        let mut state = throttle.lock();
        match self.admission {
            Admission::Free => {}
            Admission::Known(device) => state.take_device_back(device, now),
            Admission::Reserved(before) => {
                state.cancel(self.attempt, before, throttle.options, now);
            }
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(throttle) = self.throttle.take() else { return };
        if let Admission::Free = self.admission {
            throttle.lock().add_failure(self.attempt, throttle.options, self.admitted_at);
        }
    }
}

#[cfg(test)]
mod site_tests;
#[cfg(test)]
mod tests;

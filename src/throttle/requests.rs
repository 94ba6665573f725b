//! Requests that are counted whether they succeed or fail.

use std::time::Duration;

use super::attempt::Throttled;
use super::budget::Budget;
use super::failures::Failures;
use super::options::ThrottleOptions;
use super::table::Table;
use crate::domain::{ClientNetwork, SessionId, Timestamp};

/// A request that is counted whether it succeeds or fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountedRequest {
    /// A registration from this network; `None` for a client without an address.
    Registration(Option<ClientNetwork>),
    /// A request for a mail from this network.
    Mail(Option<ClientNetwork>),
    /// A refresh of this session.
    Refresh(SessionId),
    /// A request with wrong credentials of an OAuth client, from this network.
    OAuthClientFailure(Option<ClientNetwork>),
}

/// The refreshes of a session: more than all tabs of a browser need at once.
const REFRESHES: Budget = Budget { failures: 100, interval: Duration::from_secs(10) };

/// The requests for mails of a network.
const MAILS: Budget = Budget { failures: 30, interval: Duration::from_mins(1) };

impl CountedRequest {
    fn budget(self, options: ThrottleOptions) -> Budget {
        let of_network = |failures| Budget { failures, interval: Duration::from_secs(10) };
        match self {
            Self::Registration(_) => of_network(options.registrations),
            Self::Mail(_) => MAILS,
            Self::Refresh(_) => REFRESHES,
            Self::OAuthClientFailure(_) => of_network(options.network_failures),
        }
    }
}

/// The counted requests. They are in memory only.
#[derive(Debug)]
pub(super) struct Requests {
    table: Table<CountedRequest>,
}

impl Requests {
    pub(super) fn new(capacity: usize) -> Self {
        Self { table: Table::new(capacity) }
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// [`Throttled`]; then it does not count.
    pub(super) fn count(
        &mut self,
        request: CountedRequest,
        options: ThrottleOptions,
        now: Timestamp,
    ) -> Result<(), Throttled> {
        let budget = request.budget(options);
        let Failures { count, mut until, .. } = self.table.get(request);
        // The clock was set back.
        if until > now.saturating_add(budget.interval * budget.failures) {
            until = now;
        }
        if let Some(retry_after) = budget.wait(until, now) {
            return Err(Throttled { retry_after, is_first: self.table.report(request) });
        }
        // Those that are forgotten do not count when the table is full.
        let count = if until <= now { 0 } else { count };
        let failures = Failures { count: count + 1, until: budget.add(until, now), failed_at: now };
        self.table.set(request, failures, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn requests_have_budgets_of_their_own_and_one_more_every_ten_seconds() {
        let network = |text: &str| Some(text.parse().unwrap());
        let (mut requests, options) = (Requests::new(1000), ThrottleOptions::default());
        let mut admitted = |request, now| {
            (0..1000).take_while(|_| requests.count(request, options, now).is_ok()).count()
        };
        let later = START.saturating_add(Duration::from_secs(10));
        for request in [
            CountedRequest::Registration(network("192.0.2.1")),
            CountedRequest::Registration(network("192.0.2.2")),
            CountedRequest::Registration(None),
            CountedRequest::Refresh(SessionId::random()),
            CountedRequest::OAuthClientFailure(network("192.0.2.1")),
        ] {
            assert_eq!(admitted(request, START), 100, "{request:?}");
            assert_eq!(admitted(request, later), 1, "{request:?}");
        }
    }

    #[test]
    fn network_requests_thirty_mails_and_one_more_every_minute() {
        let (mut requests, options) = (Requests::new(1000), ThrottleOptions::default());
        let request = CountedRequest::Mail(None);
        let mut admitted = |seconds| {
            let now = START.saturating_add(Duration::from_secs(seconds));
            (0..1000).take_while(|_| requests.count(request, options, now).is_ok()).count()
        };
        assert_eq!((admitted(0), admitted(59), admitted(60)), (30, 0, 1));
    }

    #[test]
    fn clock_that_is_set_back_rejects_no_request() {
        let (mut requests, options) = (Requests::new(1000), ThrottleOptions::default());
        let request = CountedRequest::Refresh(SessionId::random());
        while requests.count(request, options, START).is_ok() {
            // Until the budget is used up.
        }
        let before = START.saturating_sub(Duration::from_hours(3));
        assert!(requests.count(request, options, before).is_ok());
    }

    #[test]
    fn first_rejection_is_known_as_such() {
        let (mut requests, options) = (Requests::new(1000), ThrottleOptions::default());
        let request = CountedRequest::Registration(None);
        while requests.count(request, options, START).is_ok() {
            // Until the budget is used up.
        }
        let again = requests.count(request, options, START).unwrap_err();
        assert_eq!(again, Throttled { retry_after: Duration::from_secs(10), is_first: false });
    }
}

//! Metrics of requests over HTTP.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::durations::durations;
use super::registry::MetricGroup;

/// Metrics of all requests, by method, route and status. A cheap handle.
#[derive(Clone, Debug)]
pub struct RequestMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
}

/// Metrics of requests that most likely are of one route: these are recorded without a look-up. A cheap
/// handle.
#[derive(Clone, Debug)]
pub struct RouteMetrics(Arc<Route>);

#[derive(Debug)]
struct Route {
    all: RequestMetrics,
    labels: RouteLabels,
    /// Those of the route, once it was requested, and of its requests with the status 200.
    own: OnceLock<(Histogram, Counter)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: Status,
}

/// A status; `None` of a request that was abandoned before its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Status(Option<u16>);

const OK: Option<u16> = Some(200);

impl RequestMetrics {
    /// The metrics of requests that most likely have this method and route.
    #[must_use]
    pub fn of_route(&self, method: &'static str, route: &str) -> RouteMetrics {
        let labels = RouteLabels { method, route: route.to_owned() };
        RouteMetrics(Arc::new(Route { all: self.clone(), labels, own: OnceLock::new() }))
    }

    /// Records a request. `route` is the pattern of its route, and never its path; `status` is `None` if it
    /// was abandoned.
    fn record(&self, method: &'static str, route: &str, status: Option<u16>, duration: Duration) {
        let (count, observe) = self.of(method, route, status);
        count.inc();
        observe.observe(duration.as_secs_f64());
    }

    fn of(&self, method: &'static str, route: &str, status: Option<u16>) -> (Counter, Histogram) {
        let (route, status) = (route.to_owned(), Status(status));
        let of_route = RouteLabels { method, route: route.clone() };
        let of_request = RequestLabels { method, route, status };
        let counter = self.requests.get_or_create_owned(&of_request);
        (counter, self.durations.get_or_create_owned(&of_route))
    }
}

impl RouteMetrics {
    /// Records a request. `route` is the pattern of its route, and never its path; `status` is `None` if it
    /// was abandoned.
    pub fn record(
        &self,
        method: &'static str,
        route: &str,
        status: Option<u16>,
        duration: Duration,
    ) {
        let Route { all, labels, own } = &*self.0;
        if status == OK && labels.method == method && labels.route == route {
            let (durations, requests) = own.get_or_init(|| {
                let (requests, durations) = all.of(method, route, status);
                (durations, requests)
            });
            requests.inc();
            durations.observe(duration.as_secs_f64());
        } else {
            all.record(method, route, status, duration);
        }
    }
}

impl Default for RequestMetrics {
    fn default() -> Self {
        let durations = Family::new_with_constructor(durations as fn() -> Histogram);
        Self { requests: Family::default(), durations }
    }
}

impl MetricGroup for RequestMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "countersign_http_requests",
            "Requests by method, pattern of the route and status",
            self.requests.clone(),
        );
        registry.register(
            "countersign_http_request_duration_seconds",
            "Time from the head of a request to its response",
            self.durations.clone(),
        );
    }
}

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => status.encode(encoder),
            None => "abandoned".encode(encoder),
        }
    }
}

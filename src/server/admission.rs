//! The admission of the requests of one connection.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Version};
use axum::response::Response;
use hyper::body::{Body as _, Incoming};
use tracing::warn;

use super::activity::{Activity, InFlight};
use super::bodies::{FREE, Guard, RequestBody, RequestMemory, ResponseBody};
use super::budget::{Budget, Kind, NetworkUsage, Taken};
use crate::config::ServerOptions;

/// Maximum number of headers of a request: as many as HTTP/1.1 accepts.
const MAX_HEADERS: usize = 100;

/// The budgets of all connections.
pub(super) struct Budgets {
    streams: Arc<Budget>,
    bytes: Arc<Budget>,
}

impl Budgets {
    pub(super) fn new(options: &ServerOptions) -> Arc<Self> {
        let streams = Budget::new(options.max_streams);
        Arc::new(Self { streams, bytes: Budget::new(options.body_memory) })
    }
}

/// Admits the requests of one connection.
pub(super) struct Admission {
    pub(super) budgets: Arc<Budgets>,
    pub(super) usage: Arc<NetworkUsage>,
}

/// The response to a request that is not admitted: an error, or the reset of its HTTP/2 stream.
pub(super) type Refused = Result<http::Response<ResponseBody>, h2::Error>;

impl Admission {
    /// Admits a request: its headers are few, and an HTTP/2 connection has no other one, or there is
    /// capacity for more. A refused stream may be retried (RFC 9113 section 8.7).
    pub(super) fn request(
        &self,
        activity: &Arc<Activity>,
        request: http::Request<Incoming>,
    ) -> Result<(Request, Admitted), Refused> {
        if request.headers().len() > MAX_HEADERS {
            let mut response = http::Response::new(ResponseBody::uncounted(Body::empty()));
            *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(Ok(response));
        }
        let Budgets { streams, bytes } = &*self.budgets;
        let is_first = request.version() != Version::HTTP_2 || !activity.is_busy();
        let stream = if is_first { None } else { streams.take(&self.usage, Kind::Streams, 1) };
        if !is_first && stream.is_none() {
            if let Some(refused) = streams.exhausted() {
                warn!(refused, "too many HTTP/2 requests at once, refusing streams");
            }
            return Err(Err(h2::Reason::REFUSED_STREAM.into()));
        }
        let in_flight = activity.begin();
        let request = request.map(|body| {
            if body.is_end_stream() {
                return Body::empty();
            }
            let memory = RequestMemory::new(bytes, &self.usage);
            Body::new(RequestBody { body, receiving: Some(activity.receive()), memory })
        });
        let (budget, usage) = (Arc::clone(bytes), Arc::clone(&self.usage));
        Ok((request, Admitted { in_flight, stream, budget, usage }))
    }
}

/// A request that was admitted, and then its response.
pub(super) struct Admitted {
    in_flight: InFlight,
    stream: Option<Taken>,
    budget: Arc<Budget>,
    usage: Arc<NetworkUsage>,
}

impl Admitted {
    /// Counts the response until it is sent. In place of a large one for which there is no memory, a 503.
    pub(super) fn response(mut self, response: Response) -> http::Response<ResponseBody> {
        self.in_flight.respond();
        let length = response.body().size_hint().lower();
        let amount = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(FREE);
        let mut guard = Guard { in_flight: self.in_flight, _stream: self.stream, memory: None };
        if amount == 0 {
            return response.map(|body| ResponseBody::new(body, guard));
        }
        guard.memory = self.budget.take(&self.usage, Kind::Bytes, amount);
        if guard.memory.is_some() {
            return response.map(|body| ResponseBody::new(body, guard));
        }
        if let Some(refused) = self.budget.exhausted() {
            warn!(refused, "no memory for bodies, responding with 503");
        }
        unavailable(response).map(|body| ResponseBody::new(body, guard))
    }
}

/// Replaces a response; headers that layers add to every response remain.
fn unavailable(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response.map(|_| Body::from(r#"{"message": "Temporarily unavailable, try again later"}"#))
}

//! The admission of the requests of one connection.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Version};
use axum::response::Response;
use hyper::body::{Body as _, Incoming};

use super::activity::{Activity, InFlight};
use super::bodies::{FREE, Guard, RequestBody, RequestMemory, ResponseBody};
use super::budget::{Kind, Taken};

/// Maximum number of headers of a request: as many as HTTP/1.1 accepts.
const MAX_HEADERS: usize = 100;

/// The reason why a request is not admitted.
pub(super) enum Refused {
    /// It has too many headers.
    Headers,
    /// There are too many HTTP/2 requests.
    Stream,
}

impl Refused {
    /// An error, or the reset of the stream.
    pub(super) fn response(self) -> Result<http::Response<ResponseBody>, h2::Error> {
        match self {
            Self::Stream => Err(h2::Reason::REFUSED_STREAM.into()),
            Self::Headers => {
                let mut response = http::Response::new(ResponseBody::uncounted(Body::empty()));
                *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
                Ok(response)
            }
        }
    }
}

/// Admits a request: its headers are few, and an HTTP/2 connection has no other one, or there is
/// capacity for more. A refused stream may be retried (RFC 9113 section 8.7).
pub(super) fn admit(
    activity: &Arc<Activity>,
    request: http::Request<Incoming>,
) -> Result<(Request, Admitted), Refused> {
    if request.headers().len() > MAX_HEADERS {
        return Err(Refused::Headers);
    }
    let is_http2 = request.version() == Version::HTTP_2;
    let mut stream = None;
    if is_http2 && activity.is_busy() {
        let taken = activity.quota.take(Kind::Streams, 1);
        stream = Some(Box::new(taken.ok_or(Refused::Stream)?));
    }
    let in_flight = activity.begin();
    let request = request.map(|body| {
        if body.is_end_stream() {
            return Body::empty();
        }
        let memory = RequestMemory::new(activity);
        Body::new(RequestBody { body, receiving: Some(activity.receive()), memory })
    });
    Ok((request, Admitted { in_flight, stream, is_http2 }))
}

/// A request that was admitted, and then its response.
pub(super) struct Admitted {
    in_flight: InFlight,
    stream: Option<Box<Taken>>,
    is_http2: bool,
}

impl Admitted {
    /// Counts the response until it is sent. In place of a large one for which there is no memory, a 503.
    pub(super) fn response(self, mut response: Response) -> http::Response<ResponseBody> {
        let Self { mut in_flight, stream, is_http2 } = self;
        in_flight.respond();
        let length = response.body().size_hint().lower();
        let amount = usize::try_from(length).unwrap_or(usize::MAX).saturating_sub(FREE);
        let mut memory = None;
        if amount > 0 {
            memory = in_flight.activity.quota.take(Kind::Bytes, amount).map(Box::new);
            if memory.is_none() {
                response = unavailable(response);
            }
        }
        let guard = Guard { in_flight, _stream: stream, _memory: memory };
        response.map(|body| ResponseBody::new(body, guard, is_http2))
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

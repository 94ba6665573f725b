//! Reading a request body, bounded in size and time.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use futures_util::StreamExt;
use http_body::{Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::config::HttpOptions;
use crate::http::error::HttpError;

/// Maximum memory that a declared length reserves, in bytes.
const MAX_RESERVED: usize = 4 * 1024;
/// Limits of [`discard_rest`], in bytes and in time.
const DISCARDED_BYTES: usize = 4 * 1024 * 1024;
const DISCARDED_FOR: Duration = Duration::from_secs(2);

/// Reads a whole body. One whose declared length is over the limit is rejected before it is read.
pub(super) async fn read(body: Body, options: &HttpOptions) -> Result<Bytes, HttpError> {
    let limit = options.body_limit;
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit {
        return Err(HttpError::BodyTooLarge(limit));
    }
    // The declared length is unverified.
    let mut whole = Vec::with_capacity(declared.min(MAX_RESERVED));
    let mut chunks = body.into_data_stream();
    let reading = async {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| {
                if is_without_memory(&error) {
                    return HttpError::Unavailable;
                }
                HttpError::BadRequest("The body ended before it was whole".into())
            })?;
            if whole.len() + chunk.len() > limit {
                return Err(HttpError::BodyTooLarge(limit));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(())
    };
    match timeout(options.body_timeout, reading).await {
        Ok(result) => result.map(|()| whole.into()),
        Err(_) => Err(HttpError::BodyTimeout(options.body_timeout)),
    }
}

/// Whether the server has no memory for more of the body, as it has logged; the rest can still be
/// discarded.
fn is_without_memory(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let error_of_io = error.downcast_ref::<io::Error>();
        if error_of_io.is_some_and(|error| error.kind() == io::ErrorKind::OutOfMemory) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Discards the unread rest of a body while the response is sent.
///
/// Closing a connection on which a client is still sending resets it, and the client loses the
/// response. So a bounded part of the rest is read.
pub(in crate::http) fn discard_rest(request: Request) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    request.map(|body| Body::new(DiscardRest(body)))
}

struct DiscardRest(Body);

impl HttpBody for DiscardRest {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

impl Drop for DiscardRest {
    fn drop(&mut self) {
        let rest = std::mem::take(&mut self.0);
        if rest.is_end_stream() {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(timeout(DISCARDED_FOR, discard(rest)));
        }
    }
}

async fn discard(body: Body) {
    let mut chunks = body.into_data_stream();
    let mut read = 0;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => read += chunk.len(),
            Err(error) if is_without_memory(&error) => {}
            Err(_) => return,
        }
        if read > DISCARDED_BYTES {
            return;
        }
    }
}

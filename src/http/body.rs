//! A request body, bounded in size and time.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::error::HttpError;
use crate::config::HttpOptions;

/// How much of a refused body is still read, and for how long: see [`discard`].
const DISCARDED_BYTES: usize = 4 * 1024 * 1024;
const DISCARDED_FOR: Duration = Duration::from_secs(2);

/// Reads a whole body.
///
/// A body that says of itself that it is too large is refused before a byte of it is read.
pub(super) async fn read(body: Body, options: &HttpOptions) -> Result<Bytes, HttpError> {
    let limit = options.body_limit;
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limit {
        discard(body);
        return Err(HttpError::BodyTooLarge(limit));
    }
    let mut whole = Vec::with_capacity(declared);
    let mut chunks = body.into_data_stream();
    let reading = async {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk
                .map_err(|_| HttpError::BadRequest("The body ended before it was whole".into()))?;
            if whole.len() + chunk.len() > limit {
                return Err(HttpError::BodyTooLarge(limit));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(())
    };
    match timeout(options.body_timeout, reading).await {
        Ok(Ok(())) => Ok(whole.into()),
        Ok(Err(error)) => {
            discard(Body::from_stream(chunks));
            Err(error)
        }
        Err(_) => Err(HttpError::BodyTimeout(options.body_timeout)),
    }
}

/// Throws a body away while the answer is on its way.
///
/// Closing a connection on which a client is still sending resets it, and the client loses the
/// answer that says why. So a bounded part of the rest is read.
pub(super) fn discard(body: Body) {
    let mut chunks = body.into_data_stream();
    let reading = async move {
        let mut read = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            read += chunk.len();
            if read > DISCARDED_BYTES {
                return;
            }
        }
    };
    tokio::spawn(timeout(DISCARDED_FOR, reading));
}

//! Errors of a fetch.

use std::error::Error;
use std::fmt::Write as _;

use crate::key_error::KeySetError;

/// Errors of a fetch of verification keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// No response, or an incomplete one.
    #[error("no response: {}", causes(.0))]
    Transport(#[from] reqwest::Error),
    /// A status other than 200, also a redirect.
    #[error("the response has the status {0}")]
    Status(u16),
    /// A body longer than 64 KiB.
    #[error("the response is longer than 64 KiB")]
    TooLong,
    /// A body without a usable key.
    #[error("unusable response: {0}")]
    Keys(#[from] KeySetError),
}

/// The error with its causes, which `Display` of reqwest omits; without the URL, whose query may be
/// secret.
fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "timeout" } else { "request failed" }.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

//! Why keys could not be fetched.

use std::error::Error;
use std::fmt::Write as _;

use crate::token::KeySetError;

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// No answer, or only a part of one.
    #[error("no answer: {}", causes(.0))]
    Transport(#[from] reqwest::Error),
    /// An answer that is not a 200; a redirect is one.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// A body that is too long to be a set of keys.
    #[error("the answer is longer than 64 KiB")]
    TooLong,
    /// An answer in which there is no key.
    #[error("the answer cannot be used: {0}")]
    Keys(#[from] KeySetError),
}

/// What happened, and why: reqwest says only the first. Without the URL, of which the log knows as
/// much as it may.
fn causes(error: &reqwest::Error) -> String {
    let mut text =
        if error.is_timeout() { "it took too long" } else { "the request failed" }.to_owned();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}

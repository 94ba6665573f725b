//! What every request passes through.
//!
//! ```text
//! layers.rs           the layers, and their order
//! request_id.rs       X-Request-Id, in and out
//! access_log.rs       one log line per request
//! ```

mod access_log;
mod layers;
mod request_id;

pub(super) use self::access_log::record_caller;
pub(super) use self::layers::wrap;

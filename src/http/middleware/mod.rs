//! What every request passes through.
//!
//! ```text
//! layers.rs           the layers, and their order
//! request_id.rs       X-Request-Id, in and out
//! access_log.rs       one log line per request; its metrics
//! catch_panic.rs      a 500 for a panic
//! host.rs             exactly one valid Host (RFC 9112 section 3.2)
//! ```

mod access_log;
mod catch_panic;
mod host;
mod layers;
mod request_id;

pub(super) use self::access_log::record_caller;
pub(super) use self::layers::{PREFLIGHT_AGE, wrap, wrap_admin};

//! The source of the current time.

pub use countersign_auth::{Clock, ManualClock, SystemClock};

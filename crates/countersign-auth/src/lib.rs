//! Verification of access tokens, for services in Rust.

mod clock;
mod timestamp;
mod user_id;

pub use clock::{Clock, ManualClock, SystemClock};
pub use timestamp::Timestamp;
pub use user_id::UserId;

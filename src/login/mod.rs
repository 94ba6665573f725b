//! The login use case.
//!
//! ```text
//! attempt.rs       Login: from credentials to a session
//! error.rs         LoginError
//! ```

mod attempt;
mod error;

pub use attempt::{Credentials, Login, LoginOutcome};
pub use error::LoginError;

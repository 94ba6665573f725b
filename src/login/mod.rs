//! The login use case.
//!
//! ```text
//! attempt.rs       Login: from credentials to a session
//! by_code.rs       LoginByCode: by a code that is sent by mail
//! error.rs         LoginError
//! ```

mod attempt;
mod by_code;
mod error;

pub use attempt::{Credentials, Login, LoginOutcome};
pub use by_code::LoginByCode;
pub use error::LoginError;

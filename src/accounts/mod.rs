//! What is done with accounts: register, authenticate, change, remove.
//!
//! ```text
//! options.rs       AccountOptions: who may have one
//! lifecycle.rs     Accounts
//! error.rs         AccountsError
//! ```

mod error;
mod lifecycle;
mod options;

pub use error::AccountsError;
pub use lifecycle::Accounts;
pub use options::AccountOptions;

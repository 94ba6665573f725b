//! Use cases of accounts: registration, deletion, and administration by an operator.
//!
//! ```text
//! options.rs       AccountOptions: who may register, and which passwords are accepted
//! register.rs      Registrar: registration
//! service.rs       Accounts: deletion, and administration
//! error.rs         AccountsError
//! ```

mod error;
mod options;
mod register;
mod service;

pub use error::AccountsError;
pub use options::AccountOptions;
pub use register::Registrar;
pub use service::Accounts;

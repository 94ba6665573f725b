//! Use cases of accounts: registration, deletion, and administration by an operator.
//!
//! ```text
//! options.rs       AccountOptions: who may register, and which passwords are accepted
//! register.rs      Registrar: registration
//! delete_own.rs    DeleteAccount: deletion by the user
//! service.rs       Accounts: administration
//! error.rs         AccountsError
//! ```

mod delete_own;
mod error;
mod options;
mod register;
mod service;

pub use delete_own::DeleteAccount;
pub use error::AccountsError;
pub use options::AccountOptions;
pub use register::{Registrar, RegistrationOutcome};
pub use service::Accounts;

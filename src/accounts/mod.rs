//! Use cases of accounts: registration, deletion, and administration by an operator.
//!
//! ```text
//! options.rs       AccountOptions: who may register, and which passwords are accepted
//! register.rs      Registrar: registration
//! delete_own.rs    DeleteAccount: deletion by the user
//! export.rs        ExportAccount: everything that is stored about an account
//! service.rs       Accounts: administration
//! update.rs        changes of a user by an administrator
//! administrator.rs Administrator: who makes a change, and by whose authority
//! user_json.rs     UserJson: the JSON object of a user
//! error.rs         AccountsError
//! ```

mod administrator;
mod delete_own;
mod error;
mod export;
mod options;
mod register;
mod service;
mod update;
mod user_json;

pub use administrator::Administrator;
pub use delete_own::DeleteAccount;
pub use error::AccountsError;
pub use export::{AccountData, ExportAccount};
pub use options::AccountOptions;
pub use register::{Registrar, RegistrationOutcome};
pub use service::{Accounts, NewAccount};
pub use user_json::UserJson;

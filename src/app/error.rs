//! The error of the composition.

use crate::mail::TemplateError;
use crate::store::StoreError;
use crate::store::sql::MigrationError;

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// The system gives no threads for hashing.
    #[error("cannot start the threads that hash passwords: {0}")]
    Hashing(#[from] std::io::Error),
    /// The database cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The templates of mails cannot be used.
    #[error("mail templates: {0}")]
    Templates(#[from] TemplateError),
    /// The root certificate of the SMTP server cannot be used.
    #[error("SMTP root certificate: {0}")]
    SmtpCertificate(#[from] lettre::transport::smtp::Error),
    /// The tables of the database are not as they have to be.
    #[error("{database}: {source}")]
    Migration {
        /// Which database, without its password.
        database: String,
        /// What is in the way.
        source: MigrationError,
    },
}

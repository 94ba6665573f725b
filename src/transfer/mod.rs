//! Import and export of users with their password hashes.
//!
//! ```text
//! format.rs        Format: JSON Lines or CSV
//! preset.rs        Preset: the columns of other systems
//! user_file.rs     UserFile: a file of users, read record by record
//! csv.rs           CsvRecord: records of CSV (RFC 4180)
//! header.rs        the header of a CSV file
//! json.rs          JsonRecord: records of JSON Lines
//! record.rs        Fields: the fields of a record, and the user that they describe
//! timestamps.rs    timestamps in the formats of other systems
//! import.rs        Importer: inserts the users of a file into the store, in batches
//! export.rs        writes all users of the store into a file
//! error.rs         errors of a file and of a record
//! ```

mod csv;
mod error;
mod export;
mod format;
mod header;
mod import;
mod json;
mod preset;
mod record;
mod timestamps;
mod user_file;

pub use error::{RecordError, TransferError};
pub use export::export;
pub use format::{Format, UnknownFormat};
pub use header::{HeaderError, HeaderHint};
pub use import::{ImportOptions, ImportSummary, Importer, SkipReason, SkippedRecord};
pub use preset::{Preset, UnknownPreset};
pub use user_file::UserFile;

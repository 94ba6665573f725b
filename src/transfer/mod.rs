//! Moving users in and out, with their hashes.
//!
//! ```text
//! format.rs        Format: JSON Lines or CSV
//! preset.rs        Preset: whose columns they are
//! lines.rs         Lines: a file as rows, one of them in memory
//! csv.rs           rows of CSV
//! head.rs          the line of CSV that names the columns
//! json.rs          rows of JSON Lines
//! row.rs           a row as a user: which columns, and how their values are written
//! times.rs         times, as other systems write them
//! import.rs        Importer: rows into the store, in batches
//! export.rs        the store into a file
//! error.rs         what is wrong with a file, and with one row of it
//! ```

mod csv;
mod error;
mod export;
mod format;
mod head;
mod import;
mod json;
mod lines;
mod preset;
mod row;
mod times;

pub use error::{RowError, TransferError};
pub use export::export;
pub use format::{Format, UnknownFormat};
pub use head::{HeadError, Hint};
pub use import::{ImportOptions, Importer, Report, Skipped, Summary};
pub use lines::Lines;
pub use preset::{Preset, UnknownPreset};

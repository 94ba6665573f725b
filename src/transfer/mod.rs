//! Moving users in and out, with their hashes.
//!
//! ```text
//! format.rs        Format: JSON Lines or CSV
//! preset.rs        Preset: whose columns they are
//! lines.rs         Lines: a file as rows, a bounded part of it in memory
//! row.rs           a row as a user: which columns, and how their values are written
//! import.rs        Importer: rows into the store, in batches
//! export.rs        the store into a file
//! error.rs         what is wrong with a file, and with one row of it
//! ```

mod error;
mod export;
mod format;
mod import;
mod lines;
mod preset;
mod row;

pub use error::{RowError, TransferError};
pub use export::export;
pub use format::{Format, UnknownFormat};
pub use import::{Importer, Skipped, Summary};
pub use lines::Lines;
pub use preset::{Preset, UnknownPreset};

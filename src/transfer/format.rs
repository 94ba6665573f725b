//! File formats: JSON Lines and CSV.

use std::path::Path;
use std::str::FromStr;

/// The format of a file of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON Lines: one JSON object per line.
    JsonLines,
    /// Comma-separated values (RFC 4180) with a header.
    Csv,
}

/// The error of an unknown format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected jsonl or csv")]
pub struct UnknownFormat;

impl Format {
    /// The format by the file extension: `.csv`, `.jsonl` or `.ndjson`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "jsonl" => Ok(Self::JsonLines),
            "csv" => Ok(Self::Csv),
            _ => Err(UnknownFormat),
        }
    }
}

//! What is wrong with a file, and with one row of it.

use std::io;

use crate::password::HashError;
use crate::store::StoreError;
use crate::user::EmailError;

/// Why a row is no user. Its values are not repeated, for one of them is a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The line is too long to be a user.
    #[error("the line is longer than 64 KiB")]
    TooLong,
    /// The line is no JSON object.
    #[error("the line is not a JSON object")]
    NotAnObject,
    /// The row has more or fewer fields than the head of the file has columns.
    #[error("the number of fields is not that of the columns")]
    FieldCount,
    /// The row is not text.
    #[error("the line is not UTF-8")]
    NotText,
    /// Nothing reads this column.
    #[error("there is no column {}", .0.escape_debug())]
    UnknownColumn(String),
    /// A column that is needed is missing, or is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The address is none.
    #[error("{0} {1}")]
    Email(&'static str, EmailError),
    /// The hash cannot be verified here.
    #[error("{0} {1}")]
    Hash(&'static str, HashError),
    /// The value is neither true nor false.
    #[error("{0} is neither true nor false")]
    Boolean(&'static str),
    /// The value is no moment.
    #[error("{0} is neither an RFC 3339 time nor Unix seconds")]
    Time(&'static str),
}

/// Why users could not be moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The file cannot be read, or cannot be written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The first line of a CSV file does not name the columns.
    #[error("the first line has to name the columns: {0}")]
    Head(RowError),
    /// A quotation mark is missing, most likely.
    #[error("line {0} begins a row longer than 64 KiB; is a quotation mark missing?")]
    Unbounded(u64),
    /// The store failed; what was imported before that stays.
    #[error(transparent)]
    Store(#[from] StoreError),
}

//! What is wrong with a file, and with one row of it.

use std::io;

use super::head::HeadError;
use crate::domain::{EmailError, printable};
use crate::password::HashError;
use crate::store::StoreError;

/// Why a row is no user. Its values are not repeated, for one of them is a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row is longer than what is kept of one in memory.
    #[error("the row is longer than 16 MiB and ends on line {last_line}")]
    TooLong {
        /// Where it ends, counted from 1.
        last_line: u64,
    },
    /// A quoted cell of CSV has no end.
    #[error(
        "the quotation mark that opens on line {line} is never closed, so that nothing after it was \
         read, up to the last line, {last_line}"
    )]
    UnclosedQuote {
        /// Where the cell begins, counted from 1.
        line: u64,
        /// The last line of the file.
        last_line: u64,
    },
    /// Between the end of a quoted cell of CSV and the next comma there is something.
    #[error(
        "something follows the quotation mark that closes a cell, and the row ends on line {last_line}"
    )]
    TextAfterQuote {
        /// Where the row ends, counted from 1.
        last_line: u64,
    },
    /// A cell of CSV has a quotation mark, and does not begin with one.
    #[error("a quotation mark is inside of a cell that does not begin with one")]
    StrayQuote,
    /// The row has more or fewer cells than the head of the file names columns.
    #[error("the row has {cells} cells, and there are {columns} columns")]
    CellCount {
        /// Those of the row.
        cells: usize,
        /// Those of the head.
        columns: usize,
    },
    /// The line is no JSON object.
    #[error("the line is not a JSON object")]
    NotAnObject,
    /// The line is not text.
    #[error("the line is not in UTF-8")]
    LineNotUtf8,
    /// The value is not text.
    #[error("{0} is not in UTF-8")]
    NotUtf8(&'static str),
    /// The member of a JSON object is of another type.
    #[error("{0} is no text")]
    NotText(&'static str),
    /// A JSON object has a member twice.
    #[error("{0} is there twice")]
    Repeated(&'static str),
    /// Nothing reads this member of a JSON object.
    #[error("the member \"{}\" is none of those that can be imported: {known}", printable(.name))]
    UnknownMember {
        /// How it is called.
        name: String,
        /// Those that are read.
        known: String,
    },
    /// A member that is needed is not there.
    #[error("there is no {0}")]
    Absent(&'static str),
    /// A value that is needed is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// There is no password hash.
    #[error("{0} is missing; --allow-unusable-password imports an account without a password")]
    NoPassword(&'static str),
    /// In the place of the hash is a mark that no password verifies.
    #[error("{0} is unusable; --allow-unusable-password imports an account without a password")]
    UnusablePassword(&'static str),
    /// The address is none.
    #[error("{0} {1}")]
    Email(&'static str, EmailError),
    /// The hash cannot be verified here.
    #[error("{0} {1}")]
    Hash(&'static str, HashError),
    /// The value is neither true nor false.
    #[error("{0} is neither true nor false")]
    Boolean(&'static str),
    /// The value is no timestamp, also not in this unit.
    #[error("{0} is neither an RFC 3339 time nor Unix {1}")]
    Time(&'static str, &'static str),
}

/// Why users could not be moved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The file cannot be read, or cannot be written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The file is in another encoding.
    #[error("the file is in UTF-16; iconv -f UTF-16 -t UTF-8 converts it")]
    Utf16,
    /// The file has another format.
    #[error("{0}")]
    Format(&'static str),
    /// The first line of a CSV file does not name the columns.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The store failed; what was imported before that stays.
    #[error(transparent)]
    Store(#[from] StoreError),
}

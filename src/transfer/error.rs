//! Errors of a file and of a record.

use std::io;

use super::header::HeaderError;
use crate::domain::{EmailError, MetadataError, printable};
use crate::password::HashError;
use crate::store::StoreError;

/// Errors of a record. They show no values, since one of them is a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The record is longer than 16 MiB.
    #[error("the row is longer than 16 MiB and ends on line {last_line}")]
    TooLong {
        /// The last line of the record, from 1.
        last_line: u64,
    },
    /// The quotation mark of a field is never closed.
    #[error(
        "the quotation mark on line {line} is never closed; nothing after it was read, up to the last \
         line, {last_line}"
    )]
    UnclosedQuote {
        /// The first line of the field, from 1.
        line: u64,
        /// The last line of the file.
        last_line: u64,
    },
    /// Text follows the end of a quoted field.
    #[error("text follows the end of a quoted field; the row ends on line {last_line}")]
    TextAfterQuote {
        /// The last line of the record, from 1.
        last_line: u64,
    },
    /// A field that is not quoted contains a quotation mark.
    #[error("a field that is not quoted contains a quotation mark")]
    StrayQuote,
    /// The record has not one field per column.
    #[error("the row has {fields} fields, and the header {columns} columns")]
    FieldCount {
        /// The number of fields.
        fields: usize,
        /// The number of columns.
        columns: usize,
    },
    /// The line is not a JSON object.
    #[error("the line is not a JSON object")]
    NotAnObject,
    /// The line is not UTF-8.
    #[error("the line is not UTF-8")]
    LineNotUtf8,
    /// The field is not UTF-8.
    #[error("{0} is not UTF-8")]
    NotUtf8(&'static str),
    /// The member is not a string.
    #[error("{0} is not a string")]
    NotText(&'static str),
    /// The object has two members of this name.
    #[error("two members have the name {0}")]
    Duplicate(&'static str),
    /// An unknown member.
    #[error("unknown member \"{}\"; the known ones are {known}", printable(.name))]
    UnknownMember {
        /// The name of the member.
        name: String,
        /// The known members.
        known: String,
    },
    /// A required member is missing.
    #[error("member {0} is missing")]
    NoMember(&'static str),
    /// A required value is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// The password hash is empty.
    #[error("{0} is empty; --allow-unusable-password imports an account without a password")]
    NoPassword(&'static str),
    /// The password hash is marked as unusable.
    #[error("{0} is unusable; --allow-unusable-password imports an account without a password")]
    UnusablePassword(&'static str),
    /// The e-mail address is malformed.
    #[error("{0} {1}")]
    Email(&'static str, EmailError),
    /// The password hash is malformed or not supported.
    #[error("{0} {1}")]
    Hash(&'static str, HashError),
    /// The metadata is no JSON object, or too large.
    #[error("{0} {1}")]
    Metadata(&'static str, MetadataError),
    /// The value is not a Boolean.
    #[error("{0} is neither true nor false")]
    Boolean(&'static str),
    /// The value is not a timestamp.
    #[error("{0} is neither an RFC 3339 timestamp nor Unix {1}")]
    Time(&'static str, &'static str),
}

/// Errors of an import or export.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The file is in UTF-16.
    #[error("the file is in UTF-16; iconv -f UTF-16 -t UTF-8 converts it")]
    Utf16,
    /// The file has another format.
    #[error("{0}")]
    Format(&'static str),
    /// The header of a CSV file is invalid.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The store failed; earlier batches remain imported.
    #[error(transparent)]
    Store(#[from] StoreError),
}

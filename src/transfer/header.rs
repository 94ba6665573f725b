//! The header of a CSV file: its first line, which names the columns.

use super::csv::CsvRecord;
use super::error::RecordError;
use super::preset::Columns;
use crate::domain::printable;

/// Errors of the header. A column name is shown only if the line is a header: otherwise it may be a user
/// with a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The file is empty.
    #[error("the file is empty; the header is missing")]
    Empty,
    /// The header is a malformed record.
    #[error("malformed header in line {0}: {1}")]
    Record(u64, RecordError),
    /// A required column is missing.
    #[error("the header in line {line} has no column {name}{}", .hint.text())]
    Missing {
        /// Line number, from 1.
        line: u64,
        /// The column.
        name: &'static str,
        /// The likely reason.
        hint: HeaderHint,
    },
    /// Two columns have the same name.
    #[error("two columns have the name \"{}\"", printable(.0))]
    Duplicate(String),
    /// A column has no name.
    #[error("column {0} has no name")]
    Unnamed(usize),
    /// An unknown column.
    #[error(
        "unknown column \"{}\"; the known ones are {known}; remove it, or set --preset for the \
         columns of another system", printable(.name)
    )]
    Unknown {
        /// The name of the column.
        name: String,
        /// The known columns.
        known: String,
    },
}

/// The likely reason for a missing column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderHint {
    /// Unknown.
    None,
    /// The name in another case.
    OtherCase(String),
    /// Another separator than a comma.
    Separator(&'static str),
    /// The first line is a user.
    User,
    /// The file is JSON.
    Json,
}

impl HeaderHint {
    fn of(names: &[String], missing: &str) -> Self {
        let other_case = |name: &&String| name.eq_ignore_ascii_case(missing);
        if let Some(name) = names.iter().find(other_case) {
            return Self::OtherCase(name.clone());
        }
        let [first, ..] = names else { return Self::None };
        let separators = [(';', "semicolons"), ('\t', "tabs"), ('|', "vertical bars")];
        let separated = separators.iter().find(|(separator, _)| first.contains(*separator));
        match separated {
            _ if first.starts_with(['{', '[']) => Self::Json,
            Some((_, name)) if names.len() == 1 => Self::Separator(name),
            _ if names.iter().any(|name| name.contains('@')) => Self::User,
            _ => Self::None,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::OtherCase(name) => {
                format!("; names are case-sensitive, and there is \"{}\"", printable(name))
            }
            Self::Separator(name) => {
                format!("; its columns are separated by {name} instead of commas")
            }
            Self::User => "; it looks like a user".to_owned(),
            Self::Json => "; it looks like JSON: set --format jsonl".to_owned(),
        }
    }
}

/// The columns of the file in order: the name of each; `None` for one that is not imported.
pub(super) fn read(
    record: Option<CsvRecord>,
    columns: &Columns,
) -> Result<Vec<Option<&'static str>>, HeaderError> {
    let record = record.ok_or(HeaderError::Empty)?;
    let line = record.line;
    let names = record.fields().map(|field| Some(str::from_utf8(field).ok()?.trim().to_owned()));
    let names: Option<Vec<String>> = names.collect();
    let names = names.ok_or(HeaderError::Record(line, RecordError::LineNotUtf8))?;
    if let Some(error) = record.error {
        // Quoted names with another separator than a comma.
        return Err(match HeaderHint::of(&names, columns.email) {
            hint @ HeaderHint::Separator(_) => {
                HeaderError::Missing { line, name: columns.email, hint }
            }
            _ => HeaderError::Record(line, error),
        });
    }
    for name in columns.required() {
        if !names.iter().any(|found| found == name) {
            return Err(HeaderError::Missing { line, name, hint: HeaderHint::of(&names, name) });
        }
    }
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() && !columns.others {
            return Err(HeaderError::Unnamed(index + 1));
        }
        if !name.is_empty() && names.iter().skip(index + 1).any(|other| other == name) {
            return Err(HeaderError::Duplicate(name.clone()));
        }
        if columns.named(name).is_none() && !columns.others {
            return Err(HeaderError::Unknown { name: name.clone(), known: columns.known() });
        }
    }
    Ok(names.iter().map(|name| columns.named(name)).collect())
}

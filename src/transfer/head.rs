//! The first line of a CSV file, which names its columns.

use super::csv::Record;
use super::error::RowError;
use super::preset::Columns;
use crate::domain::printable;

/// Why the first line does not name the columns. A name is repeated only where the line names
/// columns: otherwise it may be that of a user, with a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// There is no line.
    #[error("the file is empty; line 1 has to name the columns")]
    Empty,
    /// The line is no row.
    #[error("line {0} has to name the columns, but {1}")]
    Row(u64, RowError),
    /// A column that is needed is not there.
    #[error("line {line} has to name the columns, and none of them is {name}{}", .hint.text())]
    Missing {
        /// Counted from 1.
        line: u64,
        /// The column.
        name: &'static str,
        /// What is there instead.
        hint: Hint,
    },
    /// Two columns have one name.
    #[error("two columns are called \"{}\"", printable(.0))]
    Repeated(String),
    /// A column has no name.
    #[error("column {0} has no name")]
    Unnamed(usize),
    /// Nothing reads this column.
    #[error(
        "the column \"{}\" is none of those that can be imported: {known}; remove it, or say with \
         --preset whose columns they are", printable(.name)
    )]
    Unknown {
        /// How it is called.
        name: String,
        /// Those that are read.
        known: String,
    },
}

/// What the first line seems to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Nothing in particular.
    None,
    /// The name is there with other capital letters.
    OtherCase(String),
    /// Another character separates the columns.
    Separator(&'static str),
    /// It is no head, but a row.
    User,
    /// It is no CSV.
    Json,
}

impl Hint {
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
                format!("; the case of letters counts, and there is \"{}\"", printable(name))
            }
            Self::Separator(name) => {
                format!("; its columns are separated by {name}, and commas are needed")
            }
            Self::User => "; it looks like the line of a user".to_owned(),
            Self::Json => "; it looks like JSON: say --format jsonl".to_owned(),
        }
    }
}

/// The columns of a file: for each the name under which it is read, `None` where it is not.
pub(super) fn read(
    record: Option<Record>,
    columns: &Columns,
) -> Result<Vec<Option<&'static str>>, HeadError> {
    let record = record.ok_or(HeadError::Empty)?;
    let line = record.line;
    let names = record.cells().map(|cell| Some(str::from_utf8(cell).ok()?.trim().to_owned()));
    let names: Option<Vec<String>> = names.collect();
    let names = names.ok_or(HeadError::Row(line, RowError::LineNotUtf8))?;
    if let Some(defect) = record.defect {
        // Names in quotation marks between which there is another character than a comma.
        return Err(match Hint::of(&names, columns.email) {
            hint @ Hint::Separator(_) => HeadError::Missing { line, name: columns.email, hint },
            _ => HeadError::Row(line, defect),
        });
    }
    for name in columns.needed() {
        if !names.iter().any(|found| found == name) {
            return Err(HeadError::Missing { line, name, hint: Hint::of(&names, name) });
        }
    }
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() && !columns.others {
            return Err(HeadError::Unnamed(index + 1));
        }
        if !name.is_empty() && names.iter().skip(index + 1).any(|other| other == name) {
            return Err(HeadError::Repeated(name.clone()));
        }
        if columns.named(name).is_none() && !columns.others {
            return Err(HeadError::Unknown { name: name.clone(), known: columns.known() });
        }
    }
    Ok(names.iter().map(|name| columns.named(name)).collect())
}

//! A file as rows.

use std::fmt;
use std::io::{BufRead, BufReader, Cursor, Read};

use serde_json::Value;

use super::csv::{CsvReader, Record};
use super::error::{RowError, TransferError};
use super::format::Format;
use super::head;
use super::json::{JsonReader, Object};
use super::preset::{Columns, Preset};
use super::row::Row;
use crate::domain::Email;

/// How much is read at once, in bytes.
const BUFFER: usize = 64 * 1024;

/// A row of the file, or what is wrong with it.
pub(super) struct Line {
    /// Where it begins, counted from 1.
    pub(super) number: u64,
    /// The address as it is written, where one is there.
    pub(super) address: Option<String>,
    pub(super) row: Result<Row, RowError>,
}

/// A file of users, read row by row.
pub struct Lines {
    source: Source,
    columns: &'static Columns,
}

enum Source {
    JsonLines(JsonReader<Box<dyn BufRead>>),
    Csv { input: CsvReader<Box<dyn BufRead>>, head: Vec<Option<&'static str>> },
}

impl Lines {
    /// Reads the head of the file, where it has one. A byte order mark is no part of it.
    ///
    /// # Errors
    ///
    /// [`TransferError::Head`], [`TransferError::Utf16`], and [`TransferError::File`].
    pub fn new(
        mut input: impl Read + 'static,
        format: Format,
        preset: Preset,
    ) -> Result<Self, TransferError> {
        let mut start = Vec::new();
        input.by_ref().take(3).read_to_end(&mut start)?;
        if matches!(*start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]) {
            return Err(TransferError::Utf16);
        }
        if start == "\u{feff}".as_bytes() {
            start.clear();
        }
        let input = BufReader::with_capacity(BUFFER, Cursor::new(start).chain(input));
        let input: Box<dyn BufRead> = Box::new(input);
        let columns = preset.columns();
        let source = match format {
            Format::JsonLines => Source::JsonLines(JsonReader::new(input)),
            Format::Csv => {
                let mut input = CsvReader::new(input);
                let head = head::read(input.next()?, columns)?;
                Source::Csv { input, head }
            }
        };
        Ok(Self { source, columns })
    }

    /// The next row; `None` at the end. Empty lines are no rows.
    pub(super) fn next(&mut self) -> Result<Option<Line>, TransferError> {
        match &mut self.source {
            Source::JsonLines(input) => {
                Ok(input.next(self.columns)?.map(|object| of_json(object, self.columns)))
            }
            Source::Csv { input, head } => {
                Ok(input.next()?.map(|record| of_csv(&record, head, self.columns)))
            }
        }
    }
}

fn of_json(object: Object, columns: &Columns) -> Line {
    let Object { line, row, defect } = object;
    let address = row.get(columns.email).and_then(Value::as_str).filter(|text| !text.is_empty());
    let address = address.map(str::to_owned);
    Line { number: line, address, row: defect.map_or(Ok(row), Err) }
}

fn of_csv(record: &Record, head: &[Option<&'static str>], columns: &Columns) -> Line {
    let at = head.iter().position(|name| *name == Some(columns.email));
    let address = at.and_then(|at| record.cells().nth(at));
    let address = address.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let (cells, columns) = (record.cells().count(), head.len());
    let line = |row, address| Line { number: record.line, address, row };
    let is_whole = record.defect.is_none();
    if !is_whole || cells != columns {
        let error = record.defect.clone().unwrap_or(RowError::CellCount { cells, columns });
        // Cells that are not where they were meant to be: it may be another one, such as the hash.
        return line(Err(error), address.filter(|text| Email::parse(text).is_ok()));
    }
    let mut row = Row::default();
    for (name, bytes) in head.iter().zip(record.cells()) {
        let Some(name) = *name else { continue };
        match str::from_utf8(bytes) {
            Ok("") => row.insert(name, Value::Null),
            Ok(text) => row.insert(name, text.into()),
            Err(_) => {
                return line(Err(RowError::NotUtf8(name)), address);
            }
        };
    }
    line(Ok(row), address.filter(|text| !text.is_empty()))
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

//! A file as rows.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use super::error::{RowError, TransferError};
use super::format::Format;
use super::preset::Preset;

/// The longest row, in bytes: more is no user, and nothing longer is kept in memory.
const LONGEST_ROW: usize = 64 * 1024;

/// The values of a row under the names of their columns; what is empty in CSV is null.
pub(super) type Row = Map<String, Value>;

/// Where a row begins, counted from 1, and the row or what is wrong with it.
pub(super) type Line = (u64, Result<Row, RowError>);

/// A file of users, read row by row.
pub struct Lines(Source);

enum Source {
    JsonLines { input: Box<dyn BufRead>, number: u64 },
    Csv { input: Reader<Bounded>, head: Vec<String>, left: Rc<Cell<usize>> },
}

impl Lines {
    /// Reads the head of the file, where it has one.
    ///
    /// # Errors
    ///
    /// [`TransferError::Head`], where CSV lacks a column or has an unknown one, and
    /// [`TransferError::File`].
    pub fn new(
        input: impl Read + 'static,
        format: Format,
        preset: Preset,
    ) -> Result<Self, TransferError> {
        if format == Format::JsonLines {
            let input = Box::new(BufReader::with_capacity(LONGEST_ROW, input));
            return Ok(Self(Source::JsonLines { input, number: 0 }));
        }
        let left = Rc::new(Cell::new(LONGEST_ROW));
        let bounded = Bounded { input: Box::new(input), left: Rc::clone(&left) };
        let mut input = ReaderBuilder::new().flexible(true).from_reader(bounded);
        let head = input.headers().map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                TransferError::Unbounded(1)
            }
            csv::ErrorKind::Io(error) => TransferError::File(error),
            _ => TransferError::Head(RowError::NotText),
        })?;
        let head: Vec<String> = head.iter().map(|name| name.trim().to_owned()).collect();
        let columns = preset.columns();
        for needed in [columns.email, columns.password_hash] {
            if !head.iter().any(|name| name == needed) {
                return Err(TransferError::Head(RowError::Missing(needed)));
            }
        }
        if let Some(unknown) = head.iter().find(|name| !columns.allow(name)) {
            return Err(TransferError::Head(RowError::UnknownColumn(unknown.clone())));
        }
        Ok(Self(Source::Csv { input, head, left }))
    }

    /// The next row; `None` at the end. Empty lines are no rows.
    pub(super) fn next(&mut self) -> Result<Option<Line>, TransferError> {
        match &mut self.0 {
            Source::JsonLines { input, number } => next_json(input, number),
            Source::Csv { input, head, left } => {
                left.set(LONGEST_ROW);
                next_csv(input, head)
            }
        }
    }
}

fn next_json(input: &mut dyn BufRead, number: &mut u64) -> Result<Option<Line>, TransferError> {
    loop {
        let mut line = Vec::new();
        let limit = LONGEST_ROW as u64;
        if Read::take(&mut *input, limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        *number += 1;
        if line.len() == LONGEST_ROW && !line.ends_with(b"\n") {
            input.skip_until(b'\n')?;
            return Ok(Some((*number, Err(RowError::TooLong))));
        }
        let mut text = line.as_slice();
        if *number == 1 {
            text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        }
        if !text.trim_ascii().is_empty() {
            let row = serde_json::from_slice(text).map_err(|_| RowError::NotAnObject);
            return Ok(Some((*number, row)));
        }
    }
}

fn next_csv(input: &mut Reader<Bounded>, head: &[String]) -> Result<Option<Line>, TransferError> {
    let mut record = ByteRecord::new();
    let begin = input.position().line();
    let found = input.read_byte_record(&mut record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            TransferError::Unbounded(begin)
        }
        csv::ErrorKind::Io(error) => TransferError::File(error),
        other => TransferError::File(io::Error::other(format!("{other:?}"))),
    })?;
    if !found {
        return Ok(None);
    }
    let number = record.position().map_or(begin, csv::Position::line);
    if record.len() != head.len() {
        return Ok(Some((number, Err(RowError::FieldCount))));
    }
    let mut row = Row::new();
    for (name, value) in head.iter().zip(&record) {
        let Ok(value) = std::str::from_utf8(value) else {
            return Ok(Some((number, Err(RowError::NotText))));
        };
        let value = if value.is_empty() { Value::Null } else { value.into() };
        row.insert(name.clone(), value);
    }
    Ok(Some((number, Ok(row))))
}

/// Ends with an error where one row asks for too much: an open quotation mark would swallow the
/// rest of the file.
struct Bounded {
    input: Box<dyn Read>,
    left: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.input.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(read));
        Ok(read)
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}

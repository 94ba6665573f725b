//! Files of users.

use std::fmt;
use std::io::{BufRead, BufReader, Cursor, Read};

use serde_json::Value;

use super::csv::{CsvReader, CsvRecord};
use super::error::{RecordError, TransferError};
use super::format::Format;
use super::header;
use super::json::{JsonReader, JsonRecord};
use super::preset::{Columns, Preset};
use super::record::Fields;
use crate::domain::Email;

/// The size of the read buffer, in bytes.
const BUFFER: usize = 64 * 1024;

/// A record of a file of users.
pub(super) struct ImportRecord {
    /// The first line of the record, from 1.
    pub(super) line: u64,
    /// The e-mail address as in the file, if there is one.
    pub(super) address: Option<String>,
    pub(super) fields: Result<Fields, RecordError>,
}

/// A file of users, read record by record.
pub struct UserFile {
    source: Source,
    columns: &'static Columns,
}

enum Source {
    JsonLines(JsonReader<Box<dyn BufRead>>),
    Csv { input: CsvReader<Box<dyn BufRead>>, header: Vec<Option<&'static str>> },
}

impl UserFile {
    /// Reads the header of a CSV file. A byte order mark is skipped.
    ///
    /// # Errors
    ///
    /// [`TransferError::Header`], [`TransferError::Utf16`], and [`TransferError::File`].
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
                let header = header::read(input.next()?, columns)?;
                Source::Csv { input, header }
            }
        };
        Ok(Self { source, columns })
    }

    /// The next record; `None` at the end. Empty lines are skipped.
    pub(super) fn next(&mut self) -> Result<Option<ImportRecord>, TransferError> {
        match &mut self.source {
            Source::JsonLines(input) => {
                Ok(input.next(self.columns)?.map(|record| of_json(record, self.columns)))
            }
            Source::Csv { input, header } => {
                Ok(input.next()?.map(|record| of_csv(&record, header, self.columns)))
            }
        }
    }
}

fn of_json(record: JsonRecord, columns: &Columns) -> ImportRecord {
    let JsonRecord { line, fields, error } = record;
    let address = fields.get(columns.email).and_then(Value::as_str).filter(|text| !text.is_empty());
    let address = address.map(str::to_owned);
    ImportRecord { line, address, fields: error.map_or(Ok(fields), Err) }
}

fn of_csv(record: &CsvRecord, header: &[Option<&'static str>], columns: &Columns) -> ImportRecord {
    let at = header.iter().position(|name| *name == Some(columns.email));
    let address = at.and_then(|at| record.fields().nth(at));
    let address = address.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let (field_count, columns) = (record.fields().count(), header.len());
    let line = record.line;
    let import_record = |fields, address| ImportRecord { line, address, fields };
    let is_whole = record.error.is_none();
    if !is_whole || field_count != columns {
        let error = record
            .error
            .clone()
            .unwrap_or(RecordError::FieldCount { fields: field_count, columns });
        // Fields may be misplaced: the address may be another field, such as the hash.
        return import_record(Err(error), address.filter(|text| Email::parse(text).is_ok()));
    }
    let mut fields = Fields::default();
    for (name, bytes) in header.iter().zip(record.fields()) {
        let Some(name) = *name else { continue };
        match str::from_utf8(bytes) {
            Ok("") => fields.insert(name, Value::Null),
            Ok(text) => fields.insert(name, text.into()),
            Err(_) => {
                return import_record(Err(RecordError::NotUtf8(name)), address);
            }
        };
    }
    import_record(Ok(fields), address.filter(|text| !text.is_empty()))
}

impl fmt::Debug for UserFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserFile")
    }
}

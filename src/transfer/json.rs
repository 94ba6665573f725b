//! Records of JSON Lines: one object per line.

use std::fmt;
use std::io::{BufRead, Read};
use std::mem;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::csv::MAX_RECORD_LENGTH;
use super::error::{RecordError, TransferError};
use super::preset::Columns;
use super::record::Fields;

/// A record.
pub(super) struct JsonRecord {
    /// Line number, from 1.
    pub(super) line: u64,
    /// The members that are imported.
    pub(super) fields: Fields,
    /// The error of a malformed record.
    pub(super) error: Option<RecordError>,
}

/// Reads a JSON Lines file record by record.
pub(super) struct JsonReader<R> {
    input: R,
    /// The number of the last line that was read.
    line: u64,
    /// Whether a line was read that is not empty.
    is_begun: bool,
}

impl<R: BufRead> JsonReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 0, is_begun: false }
    }

    /// The next record; `None` at the end. Empty lines are skipped.
    pub(super) fn next(&mut self, columns: &Columns) -> Result<Option<JsonRecord>, TransferError> {
        loop {
            let mut line = Vec::new();
            let limit = MAX_RECORD_LENGTH as u64 + 1;
            if Read::take(&mut self.input, limit).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let (number, mut fields) = (self.line, Fields::default());
            if line.len() > MAX_RECORD_LENGTH && !line.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
                // For the address, if it is at the beginning of the line.
                read(&line, columns, &mut fields);
                let error = Some(RecordError::TooLong { last_line: number });
                return Ok(Some(JsonRecord { line: number, fields, error }));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let is_first = !mem::replace(&mut self.is_begun, true);
            let error = read(&line, columns, &mut fields);
            if is_first && error == Some(RecordError::NotAnObject) {
                check_format(line.trim_ascii(), columns)?;
            }
            return Ok(Some(JsonRecord { line: number, fields, error }));
        }
    }
}

/// Reads the members of a line into `fields`; the error if it is malformed.
fn read(line: &[u8], columns: &Columns, fields: &mut Fields) -> Option<RecordError> {
    let chunk = line.utf8_chunks().next()?;
    let mut error = None;
    let mut json = serde_json::Deserializer::from_str(chunk.valid());
    let members = Members { columns, fields, error: &mut error };
    match members.deserialize(&mut json).and_then(|()| json.end()) {
        _ if !chunk.invalid().is_empty() => Some(RecordError::LineNotUtf8),
        Ok(()) => error,
        Err(_) => Some(RecordError::NotAnObject),
    }
}

/// Visits the members of an object. An error of one does not end the visit, so that the address is known
/// afterwards.
struct Members<'a> {
    columns: &'a Columns,
    fields: &'a mut Fields,
    error: &'a mut Option<RecordError>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if let Some(column) = self.columns.named(&name) {
                let value: Value = map.next_value()?;
                if !self.fields.insert(column, value) {
                    self.error.get_or_insert(RecordError::Duplicate(column));
                }
                continue;
            }
            map.next_value::<IgnoredAny>()?;
            if !self.columns.others {
                let known = self.columns.known();
                self.error.get_or_insert(RecordError::UnknownMember { name, known });
            }
        }
        Ok(())
    }
}

/// Explains a file in another format by its first line.
fn check_format(line: &[u8], columns: &Columns) -> Result<(), TransferError> {
    let sentence = match line {
        [b'[', ..] => {
            "the file is a JSON array; JSON Lines has one object per line; jq -c '.[]' converts it"
        }
        [b'{', .., b'{' | b'[' | b','] | b"{" => {
            "the file is one JSON object over several lines; JSON Lines has one object per line; \
             jq -c converts it"
        }
        [b'{', ..] => return Ok(()),
        _ if str::from_utf8(line).is_ok_and(|text| text.contains(columns.email)) => {
            "the file is not in JSON Lines; if it is CSV, set --format csv"
        }
        _ => return Ok(()),
    };
    Err(TransferError::Format(sentence))
}

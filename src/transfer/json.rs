//! Lines of JSON: an object a line.

use std::fmt;
use std::io::{BufRead, Read};
use std::mem;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::csv::LONGEST_ROW;
use super::error::{RowError, TransferError};
use super::preset::Columns;
use super::row::Row;

/// A line of the file.
pub(super) struct Object {
    /// Counted from 1.
    pub(super) line: u64,
    /// Its members that are read.
    pub(super) row: Row,
    /// What makes it no row.
    pub(super) defect: Option<RowError>,
}

/// Reads a file line by line.
pub(super) struct JsonReader<R> {
    input: R,
    /// Of the last line that was read.
    line: u64,
    /// Whether a line was there that is not empty.
    is_begun: bool,
}

impl<R: BufRead> JsonReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 0, is_begun: false }
    }

    /// The next line that is not empty; `None` at the end.
    pub(super) fn next(&mut self, columns: &Columns) -> Result<Option<Object>, TransferError> {
        loop {
            let mut line = Vec::new();
            let limit = LONGEST_ROW as u64 + 1;
            if Read::take(&mut self.input, limit).read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let (number, mut row) = (self.line, Row::default());
            if line.len() > LONGEST_ROW && !line.ends_with(b"\n") {
                self.input.skip_until(b'\n')?;
                // For the address, if it is at the beginning.
                read(&line, columns, &mut row);
                let defect = Some(RowError::TooLong { last_line: number });
                return Ok(Some(Object { line: number, row, defect }));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let is_first = !mem::replace(&mut self.is_begun, true);
            let defect = read(&line, columns, &mut row);
            if is_first && defect == Some(RowError::NotAnObject) {
                look_at_the_format(line.trim_ascii(), columns)?;
            }
            return Ok(Some(Object { line: number, row, defect }));
        }
    }
}

/// Fills a row, and says what makes it none.
fn read(line: &[u8], columns: &Columns, row: &mut Row) -> Option<RowError> {
    let chunk = line.utf8_chunks().next()?;
    let mut defect = None;
    let mut json = serde_json::Deserializer::from_str(chunk.valid());
    let members = Members { columns, row, defect: &mut defect };
    match members.deserialize(&mut json).and_then(|()| json.end()) {
        _ if !chunk.invalid().is_empty() => Some(RowError::LineNotUtf8),
        Ok(()) => defect,
        Err(_) => Some(RowError::NotAnObject),
    }
}

/// Takes the members that are read, and passes over the others. What is wrong with one of them does
/// not end it, so that the address is known afterwards.
struct Members<'a> {
    columns: &'a Columns,
    row: &'a mut Row,
    defect: &'a mut Option<RowError>,
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
                if !self.row.insert(column, value) {
                    self.defect.get_or_insert(RowError::Repeated(column));
                }
                continue;
            }
            map.next_value::<IgnoredAny>()?;
            if !self.columns.others {
                let known = self.columns.known();
                self.defect.get_or_insert(RowError::UnknownMember { name, known });
            }
        }
        Ok(())
    }
}

/// What the first line shows where the file is no JSON Lines at all.
fn look_at_the_format(line: &[u8], columns: &Columns) -> Result<(), TransferError> {
    let sentence = match line {
        [b'[', ..] => {
            "the file is a JSON array, and JSON Lines has an object on each line; jq -c '.[]' makes \
             them"
        }
        [b'{', .., b'{' | b'[' | b','] | b"{" => {
            "the file is one JSON object over several lines, and JSON Lines has an object on each \
             line; jq -c makes them"
        }
        [b'{', ..] => return Ok(()),
        _ if str::from_utf8(line).is_ok_and(|text| text.contains(columns.email)) => {
            "the file is no JSON Lines; if it is CSV, say --format csv"
        }
        _ => return Ok(()),
    };
    Err(TransferError::Format(sentence))
}

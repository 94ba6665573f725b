//! Records of comma-separated values, strictly by RFC 4180.
//!
//! The `csv` crate is lenient: it accepts a quotation mark anywhere, does not report an unclosed one, and
//! counts lines wrongly after CR LF, so that users would be lost silently. One record is in memory at a
//! time, up to a limit.

use std::io::{self, BufRead};
use std::mem;

use super::error::RecordError;

/// The longest record, in bytes; the rest of a longer one is skipped.
pub(super) const MAX_RECORD_LENGTH: usize = 16 << 20;

/// A record.
#[derive(Default)]
pub(super) struct CsvRecord {
    /// The first line of the record, from 1.
    pub(super) line: u64,
    /// The error of a malformed record, whose fields may be misplaced.
    pub(super) error: Option<RecordError>,
    bytes: Vec<u8>,
    /// The end of each field in `bytes`.
    ends: Vec<usize>,
    /// The length in the file, in bytes.
    length: usize,
}

impl CsvRecord {
    /// The fields, without their quotation marks.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(start..*end))
    }

    fn push(&mut self, byte: u8) {
        if self.length <= MAX_RECORD_LENGTH {
            self.bytes.push(byte);
        }
    }

    fn end_field(&mut self) {
        if self.length <= MAX_RECORD_LENGTH {
            self.ends.push(self.bytes.len());
        }
    }

    /// The finished record, which ends on `last_line`.
    fn end(mut self, is_followed: bool, last_line: u64) -> Self {
        self.end_field();
        let error = if self.length > MAX_RECORD_LENGTH {
            RecordError::TooLong { last_line }
        } else if is_followed {
            RecordError::TextAfterQuote { last_line }
        } else {
            return self;
        };
        self.error.get_or_insert(error);
        self
    }
}

/// The position of the reader in a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte.
    Start,
    /// In an unquoted field.
    Plain,
    /// In a quoted field.
    Quoted,
    /// After a quotation mark in a quoted field: it ends the field, or is the first of an escaped pair.
    Quote,
}

/// Reads a CSV file record by record.
pub(super) struct CsvReader<R> {
    input: R,
    /// The line of the next byte, from 1.
    line: u64,
    /// Whether the last byte was a CR that ended a line; a following LF belongs to it.
    after_cr: bool,
}

impl<R: BufRead> CsvReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 1, after_cr: false }
    }

    /// The next record; `None` at the end. Empty lines are skipped.
    pub(super) fn next(&mut self) -> io::Result<Option<CsvRecord>> {
        let mut record = CsvRecord { line: self.line, ..CsvRecord::default() };
        let (mut state, mut opened) = (State::Start, 0);
        // Whether text follows the end of a quoted field.
        let mut is_followed = false;
        let mut last = b'\n';
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                let last_line = if last == b'\n' { self.line - 1 } else { self.line };
                if state == State::Quoted {
                    record.error = Some(RecordError::UnclosedQuote { line: opened, last_line });
                }
                let is_record = state != State::Start || !record.ends.is_empty();
                return Ok(is_record.then(|| record.end(is_followed, last_line)));
            }
            let (mut used, mut is_end) = (0, false);
            for &byte in buffer {
                used += 1;
                if mem::take(&mut self.after_cr) && byte == b'\n' {
                    continue;
                }
                (last, record.length) = (byte, record.length + 1);
                let is_break = matches!(byte, b'\n' | b'\r') && state != State::Quoted;
                if is_break || byte == b'\n' {
                    self.line += 1;
                    self.after_cr = is_break && byte == b'\r';
                }
                if is_break && state == State::Start && record.ends.is_empty() {
                    record = CsvRecord { line: self.line, ..CsvRecord::default() };
                    continue;
                }
                match (state, byte) {
                    _ if is_break => is_end = true,
                    (State::Start, b'"') => (state, opened) = (State::Quoted, self.line),
                    (State::Quoted, b'"') => state = State::Quote,
                    (State::Quoted, _) => record.push(byte),
                    (_, b',') => {
                        record.end_field();
                        state = State::Start;
                    }
                    (State::Quote, b'"') => {
                        record.push(byte);
                        state = State::Quoted;
                    }
                    (State::Quote, _) => {
                        record.push(byte);
                        (state, is_followed) = (State::Plain, true);
                    }
                    (State::Plain, b'"') if !is_followed => {
                        record.error = Some(RecordError::StrayQuote);
                    }
                    (State::Start | State::Plain, _) => {
                        record.push(byte);
                        state = State::Plain;
                    }
                }
                if is_end {
                    break;
                }
            }
            self.input.consume(used);
            if is_end {
                return Ok(Some(record.end(is_followed, self.line - 1)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Vec<CsvRecord> {
        // A small buffer, so that records are split anywhere.
        let mut reader = CsvReader::new(io::BufReader::with_capacity(3, text));
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    fn fields(record: &CsvRecord) -> Vec<String> {
        record.fields().map(|field| String::from_utf8(field.to_vec()).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn records_of_another_writer_are_read_with_their_lines(
            rows in vec(vec("[a\"\n\r,é]{0,4}", 2..5), 0..6),
            (is_crlf, quotes_all, blanks) in (any::<bool>(), any::<bool>(), 0_usize..3),
        ) {
            let end = if is_crlf { "\r\n" } else { "\n" };
            let mut text = Vec::new();
            let mut expected = Vec::new();
            let mut line = 1;
            for row in &rows {
                let style = if quotes_all { ::csv::QuoteStyle::Always } else { ::csv::QuoteStyle::Necessary };
                let mut writer = ::csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
                writer.write_record(row).unwrap();
                let written = writer.into_inner().unwrap();
                text.extend_from_slice(written.strip_suffix(b"\n").unwrap());
                text.extend_from_slice(end.repeat(1 + blanks).as_bytes());
                expected.push((line, row.clone()));
                let breaks: usize = row.iter().map(|field| field.matches('\n').count()).sum();
                line += 1 + u64::try_from(blanks + breaks).unwrap();
            }
            let found: Vec<_> = read(&text).iter().map(|record| {
                assert_eq!(record.error, None);
                (record.line, fields(record))
            }).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(text in "[a\",\r\n]{0,40}") {
            let records = read(text.as_bytes());
            let lines: Vec<_> = records.iter().map(|record| record.line).collect();
            prop_assert!(lines.is_sorted_by(|one, next| one < next));
        }
    }

    #[test]
    fn last_record_needs_no_line_break() {
        for text in ["a,b", "a,b\n", "a,b\r", "\n\ra,b\r\n\r\n"] {
            let records = read(text.as_bytes());
            assert_eq!(records.len(), 1, "{text:?}");
            assert_eq!(fields(&records[0]), ["a", "b"], "{text:?}");
        }
        assert_eq!(fields(&read(b"a,")[0]), ["a", ""]);
        assert_eq!(fields(&read(b"\"\"")[0]), [""]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn memory_of_a_record_over_the_limit_is_bounded() {
        let mut text = vec![b','; MAX_RECORD_LENGTH + 1000];
        text.extend_from_slice(b"\nnext");
        let records = read(&text);
        let too_long = RecordError::TooLong { last_line: 1 };
        assert_eq!(records[0].error, Some(too_long));
        assert!(records[0].ends.len() <= MAX_RECORD_LENGTH);
        assert_eq!((records[1].line, fields(&records[1])), (2, vec!["next".to_owned()]));
    }
}

//! Rows of comma-separated values, strictly by RFC 4180.
//!
//! The `csv` crate reads leniently: it takes a quotation mark wherever it stands, does not tell
//! that one is never closed, and counts lines wrongly after CR LF. Users would be lost without a
//! word, so that this reads the rows itself. It keeps one of them in memory, up to a limit.

use std::io::{self, BufRead};
use std::mem;

use super::error::RowError;

/// The longest row of which all is kept, in bytes.
pub(super) const LONGEST_ROW: usize = 16 << 20;

/// A row.
#[derive(Default)]
pub(super) struct Record {
    /// Where it begins, counted from 1.
    pub(super) line: u64,
    /// What makes it none; then its cells may be others than were meant.
    pub(super) defect: Option<RowError>,
    bytes: Vec<u8>,
    /// Where each cell ends in `bytes`.
    ends: Vec<usize>,
    /// In bytes, as it stands in the file.
    length: usize,
}

impl Record {
    /// The cells, without their quotation marks.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.bytes.get(start..*end))
    }

    fn push(&mut self, byte: u8) {
        if self.length <= LONGEST_ROW {
            self.bytes.push(byte);
        }
    }

    fn end_cell(&mut self) {
        if self.length <= LONGEST_ROW {
            self.ends.push(self.bytes.len());
        }
    }

    /// The row, which ends on this line.
    fn end(mut self, is_followed: bool, last_line: u64) -> Self {
        self.end_cell();
        let defect = if self.length > LONGEST_ROW {
            RowError::TooLong { last_line }
        } else if is_followed {
            RowError::TextAfterQuote { last_line }
        } else {
            return self;
        };
        self.defect.get_or_insert(defect);
        self
    }
}

/// Where in a cell the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before its first byte.
    Start,
    /// In a cell without quotation marks.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// After a quotation mark in a quoted cell: it ends the cell, or is the first half of one.
    Quote,
}

/// Reads a file row by row.
pub(super) struct CsvReader<R> {
    input: R,
    /// The line of the next byte, counted from 1.
    line: u64,
    /// Whether the last byte was a CR that ended a line; an LF after it belongs to it.
    after_cr: bool,
}

impl<R: BufRead> CsvReader<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, line: 1, after_cr: false }
    }

    /// The next row; `None` at the end. Empty lines are no rows.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        let mut record = Record { line: self.line, ..Record::default() };
        let (mut state, mut opened) = (State::Start, 0);
        // Whether something follows the end of a quoted cell.
        let mut is_followed = false;
        let mut last = b'\n';
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                let last_line = if last == b'\n' { self.line - 1 } else { self.line };
                if state == State::Quoted {
                    record.defect = Some(RowError::UnclosedQuote { line: opened, last_line });
                }
                let is_row = state != State::Start || !record.ends.is_empty();
                return Ok(is_row.then(|| record.end(is_followed, last_line)));
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
                    record = Record { line: self.line, ..Record::default() };
                    continue;
                }
                match (state, byte) {
                    _ if is_break => is_end = true,
                    (State::Start, b'"') => (state, opened) = (State::Quoted, self.line),
                    (State::Quoted, b'"') => state = State::Quote,
                    (State::Quoted, _) => record.push(byte),
                    (_, b',') => {
                        record.end_cell();
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
                        record.defect = Some(RowError::StrayQuote);
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

    fn read(text: &[u8]) -> Vec<Record> {
        // A small buffer, so that rows are split anywhere.
        let mut reader = CsvReader::new(io::BufReader::with_capacity(3, text));
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    fn cells(record: &Record) -> Vec<String> {
        record.cells().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn rows_that_another_writer_quotes_come_back_with_their_lines(
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
                let breaks: usize = row.iter().map(|cell| cell.matches('\n').count()).sum();
                line += 1 + u64::try_from(blanks + breaks).unwrap();
            }
            let found: Vec<_> = read(&text).iter().map(|record| {
                assert_eq!(record.defect, None);
                (record.line, cells(record))
            }).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_bytes_make_it_panic_and_no_line_is_lost(text in "[a\",\r\n]{0,40}") {
            let records = read(text.as_bytes());
            let lines: Vec<_> = records.iter().map(|record| record.line).collect();
            prop_assert!(lines.is_sorted_by(|one, next| one < next));
        }
    }

    #[test]
    fn last_row_needs_no_line_break() {
        for text in ["a,b", "a,b\n", "a,b\r", "\n\ra,b\r\n\r\n"] {
            let records = read(text.as_bytes());
            assert_eq!(records.len(), 1, "{text:?}");
            assert_eq!(cells(&records[0]), ["a", "b"], "{text:?}");
        }
        assert_eq!(cells(&read(b"a,")[0]), ["a", ""]);
        assert_eq!(cells(&read(b"\"\"")[0]), [""]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn commas_of_a_row_that_is_too_long_take_no_memory() {
        let mut text = vec![b','; LONGEST_ROW + 1000];
        text.extend_from_slice(b"\nnext");
        let records = read(&text);
        let too_long = RowError::TooLong { last_line: 1 };
        assert_eq!(records[0].defect, Some(too_long));
        assert!(records[0].ends.len() <= LONGEST_ROW);
        assert_eq!((records[1].line, cells(&records[1])), (2, vec!["next".to_owned()]));
    }
}

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
                    (State::Quote, _) => (state, is_followed) = (State::Plain, true),
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

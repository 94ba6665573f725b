//! The progress of an import, on a terminal.

use std::io::{self, IsTerminal, Read, Write};
use std::time::Duration;

use tokio::time::Instant;

/// The interval between two updates.
const INTERVAL: Duration = Duration::from_millis(100);
/// Clears the line of the terminal.
const CLEAR: &str = "\r\x1b[K";

/// A reader that shows on a terminal how much of the file has been read.
pub(super) struct Progress<R> {
    file: R,
    /// In bytes; 0 if unknown.
    size: u64,
    read: u64,
    start: Instant,
    shown: Option<Instant>,
    on_terminal: bool,
}

impl<R: Read> Progress<R> {
    /// The reader of a file of `size` bytes; 0 if unknown.
    pub(super) fn new(file: R, size: u64) -> Self {
        let on_terminal = io::stderr().is_terminal();
        Self { file, size, read: 0, start: Instant::now(), shown: None, on_terminal }
    }

    fn show(&mut self) {
        let now = Instant::now();
        if !self.on_terminal || self.shown.is_some_and(|shown| now - shown < INTERVAL) {
            return;
        }
        self.shown = Some(now);
        let (read, size) = (self.read / 1024, self.size / 1024);
        let left = self.size.saturating_sub(self.read);
        let seconds = (now - self.start).as_secs().saturating_mul(left) / self.read.max(1);
        let _ = match self.size {
            0 => write!(io::stderr(), "{CLEAR}{read} KiB"),
            _ => write!(io::stderr(), "{CLEAR}{read} of {size} KiB, {seconds} s left"),
        };
    }
}

/// Clears the progress before other output.
pub(super) fn clear() {
    if io::stderr().is_terminal() {
        let _ = io::stderr().write_all(CLEAR.as_bytes());
    }
}

impl<R: Read> Read for Progress<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read += count as u64;
        self.show();
        Ok(count)
    }
}

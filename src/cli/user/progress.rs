//! How far a file has been read, for people who wait.

use std::io::{self, IsTerminal, Read, Write};
use std::time::Duration;

use tokio::time::Instant;

/// How often it is shown.
const EVERY: Duration = Duration::from_millis(100);
/// Goes to the beginning of the line and empties it.
const CLEAR: &str = "\r\x1b[K";

/// A file that shows on a terminal, and nowhere else, how much of it has been read.
pub(super) struct Progress<R> {
    file: R,
    /// In bytes; 0 where nobody knows.
    size: u64,
    read: u64,
    start: Instant,
    shown: Option<Instant>,
    on_terminal: bool,
}

impl<R: Read> Progress<R> {
    /// Of a file of so many bytes; 0 where nobody knows.
    pub(super) fn new(file: R, size: u64) -> Self {
        let on_terminal = io::stderr().is_terminal();
        Self { file, size, read: 0, start: Instant::now(), shown: None, on_terminal }
    }

    fn show(&mut self) {
        let now = Instant::now();
        if !self.on_terminal || self.shown.is_some_and(|shown| now - shown < EVERY) {
            return;
        }
        self.shown = Some(now);
        let (read, size) = (self.read / 1024, self.size / 1024);
        let left = self.size.saturating_sub(self.read);
        let seconds = (now - self.start).as_secs().saturating_mul(left) / self.read.max(1);
        // Where standard error is closed nobody looks.
        let _ = match self.size {
            0 => write!(io::stderr(), "{CLEAR}{read} KiB"),
            _ => write!(io::stderr(), "{CLEAR}{read} of {size} KiB, {seconds} s left"),
        };
    }
}

/// Leaves the line on a terminal to something else.
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

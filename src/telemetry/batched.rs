//! Lines are written many at a time.

use std::io::{self, BufWriter, Write};
use std::thread;
use std::time::Duration;

/// How long the thread that writes rests after it has written: for so long at most a line waits.
const REST: Duration = Duration::from_millis(1);

/// A buffer before a slow writer, for a thread that flushes it whenever it has nothing more to write.
///
/// After a flush that thread rests. Under load it would otherwise be woken for each line, and take
/// more from a core than all that is done for the line.
pub(super) struct Batched<W: Write>(BufWriter<W>);

impl<W: Write> Batched<W> {
    pub(super) fn new(writer: W) -> Self {
        Self(BufWriter::with_capacity(64 * 1024, writer))
    }
}

impl<W: Write> Write for Batched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.0.flush();
        thread::sleep(REST);
        flushed
    }
}

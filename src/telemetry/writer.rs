//! Lines are written by a thread of its own, many at a time.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// How many bytes may wait to be written: some ten thousand lines. What comes then is lost.
const WAITING: usize = 4 * 1024 * 1024;
/// How long the thread rests after it has written, and so how long a line waits at most. Under load it
/// would otherwise be woken for each line, which takes more than all that is done for the line.
const REST: Duration = Duration::from_millis(10);
/// How long is waited at the end for one who does not read.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Takes lines, and never waits for whoever reads them.
pub(super) struct LineWriter(Arc<Shared>);

/// Writes the lines that still wait when it is dropped.
#[derive(Debug)]
#[must_use = "the log ends when the guard is dropped"]
pub struct LogGuard(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Lines>,
    /// There is something to write, or this is the end.
    more: Condvar,
    /// All has been written, after the end.
    done: Condvar,
}

#[derive(Debug, Default)]
struct Lines {
    text: Vec<u8>,
    has_ended: bool,
    is_done: bool,
}

impl LineWriter {
    /// Lines go to `out`, until the guard is dropped.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub(super) fn new(out: impl Write + Send + 'static) -> io::Result<(Self, LogGuard)> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || theirs.write_to(out))?;
        Ok((Self(Arc::clone(&shared)), LogGuard(shared)))
    }
}

impl Shared {
    // What is in here is whole at any time, also where a thread panicked.
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut out: impl Write) {
        let mut text = Vec::new();
        loop {
            let mut lines = self.lines();
            while lines.text.is_empty() && !lines.has_ended {
                lines = self.more.wait(lines).unwrap_or_else(PoisonError::into_inner);
            }
            mem::swap(&mut lines.text, &mut text);
            let has_ended = lines.has_ended;
            drop(lines);
            // There is nowhere to say that it failed.
            let _ = out.write_all(&text).and_then(|()| out.flush());
            text.clear();
            if has_ended {
                self.lines().is_done = true;
                self.done.notify_all();
                return;
            }
            thread::sleep(REST);
        }
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &LineWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lines();
        let was_empty = lines.text.is_empty();
        if lines.text.len() + line.len() <= WAITING {
            lines.text.extend_from_slice(line);
        }
        drop(lines);
        if was_empty {
            self.0.more.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let mut lines = self.0.lines();
        lines.has_ended = true;
        self.0.more.notify_one();
        let _ = self.0.done.wait_timeout_while(lines, LAST_WORDS, |lines| !lines.is_done);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::tests::Log;
    use super::*;

    #[test]
    fn all_lines_are_written_in_their_order_before_the_guard_is_gone() {
        let log = Log::default();
        let (writer, guard) = LineWriter::new(log.clone()).unwrap();
        let lines: Vec<String> = (0..1000).map(|number| format!("{number}\n")).collect();
        for line in &lines {
            (&writer).write_all(line.as_bytes()).unwrap();
        }
        drop(guard);
        assert_eq!(log.text(), lines.concat());
    }

    /// Writes nothing until it is told to.
    struct Stuck(mpsc::Receiver<()>, Log);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn where_nobody_reads_whole_lines_are_lost_and_nobody_waits() {
        let (go_on, stuck) = mpsc::channel();
        let log = Log::default();
        let (writer, guard) = LineWriter::new(Stuck(stuck, log.clone())).unwrap();
        let line = format!("{}\n", "x".repeat(999));
        for _ in 0..3 * WAITING / line.len() {
            (&writer).write_all(line.as_bytes()).unwrap();
        }
        drop(go_on);
        drop(guard);
        let text = log.text();
        assert!(text.lines().all(|line| line.len() == 999));
        // What waited, and what the thread had taken before.
        assert!((WAITING - 1000..=2 * WAITING).contains(&text.len()), "{}", text.len());
    }
}

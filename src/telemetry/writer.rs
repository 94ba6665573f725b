//! The thread that writes log lines, many at a time.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Capacity of the queue, in bytes: some ten thousand lines. When it is full, lines are dropped.
const CAPACITY: usize = 4 * 1024 * 1024;
/// Pause after each write, and so the maximum delay of a line. Without it the thread would be woken for
/// each line under load, which costs more than the line itself.
const PAUSE: Duration = Duration::from_millis(10);
/// Timeout of the last write, if standard error is not read.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Queues lines for the thread that writes them, and never blocks.
pub(super) struct LogWriter(Arc<Shared>);

/// Ends the log when it is dropped, after the lines in the queue have been written.
#[derive(Debug)]
#[must_use = "the log ends when the guard is dropped"]
pub struct LogGuard(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Notified of lines in the queue, and of the end.
    not_empty: Condvar,
    /// Notified when the queue has been written after the end.
    done: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    text: Vec<u8>,
    has_ended: bool,
    is_done: bool,
}

impl LogWriter {
    /// Starts the thread, which writes to `out` until the guard is dropped.
    ///
    /// # Errors
    ///
    /// The error of the operating system if the thread cannot be started.
    pub(super) fn new(out: impl Write + Send + 'static) -> io::Result<(Self, LogGuard)> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || theirs.write_to(out))?;
        Ok((Self(Arc::clone(&shared)), LogGuard(shared)))
    }
}

impl Shared {
    // A panic leaves the queue valid.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut out: impl Write) {
        let mut text = Vec::new();
        loop {
            let mut queue = self.queue();
            while queue.text.is_empty() && !queue.has_ended {
                queue = self.not_empty.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            mem::swap(&mut queue.text, &mut text);
            let has_ended = queue.has_ended;
            drop(queue);
            // A failure to write the log has nowhere to be logged.
            let _ = out.write_all(&text).and_then(|()| out.flush());
            text.clear();
            if has_ended {
                self.queue().is_done = true;
                self.done.notify_all();
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut queue = self.0.queue();
        let was_empty = queue.text.is_empty();
        if queue.text.len() + line.len() <= CAPACITY {
            queue.text.extend_from_slice(line);
        }
        drop(queue);
        if was_empty {
            self.0.not_empty.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.has_ended = true;
        self.0.not_empty.notify_one();
        let _ = self.0.done.wait_timeout_while(queue, FLUSH_TIMEOUT, |queue| !queue.is_done);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::super::tests::Log;
    use super::*;

    #[test]
    fn dropped_guard_has_written_all_lines_in_order() {
        let log = Log::default();
        let (writer, guard) = LogWriter::new(log.clone()).unwrap();
        let lines: Vec<String> = (0..1000).map(|number| format!("{number}\n")).collect();
        for line in &lines {
            (&writer).write_all(line.as_bytes()).unwrap();
        }
        drop(guard);
        assert_eq!(log.text(), lines.concat());
    }

    /// Blocks each write until the sender is dropped.
    struct Blocked(mpsc::Receiver<()>, Log);

    impl Write for Blocked {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn full_queue_drops_whole_lines_and_does_not_block() {
        let (unblock, blocked) = mpsc::channel();
        let log = Log::default();
        let (writer, guard) = LogWriter::new(Blocked(blocked, log.clone())).unwrap();
        let line = format!("{}\n", "x".repeat(999));
        for _ in 0..3 * CAPACITY / line.len() {
            (&writer).write_all(line.as_bytes()).unwrap();
        }
        drop(unblock);
        drop(guard);
        let text = log.text();
        assert!(text.lines().all(|line| line.len() == 999));
        // The queue, and what the thread had taken from it before.
        assert!((CAPACITY - 1000..=2 * CAPACITY).contains(&text.len()), "{}", text.len());
    }
}

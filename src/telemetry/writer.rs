//! The thread that writes log lines, many at a time.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use super::audit::AUDIT;
use crate::metrics::{LogPriority, LostLogLines};

/// Capacity of the queue for ordinary lines, in bytes: some ten thousand lines. When it is full, such
/// lines are dropped.
const CAPACITY: usize = 4 * 1024 * 1024;
/// Capacity of the queue for audit events, warnings and errors, in bytes: a flood of ordinary lines takes
/// nothing of it.
const PRIORITY_CAPACITY: usize = 4 * 1024 * 1024;
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
    metrics: LostLogLines,
}

#[derive(Debug, Default)]
struct Queue {
    /// The lines, in their order.
    text: Vec<u8>,
    /// How many bytes of it are lines of priority.
    of_priority: usize,
    lost: Lost,
    has_ended: bool,
    is_done: bool,
}

/// The lines that were dropped because the queue was full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// Ordinary lines, most of them of the access log.
    pub(super) ordinary: u64,
    /// Audit events, warnings and errors.
    pub(super) of_priority: u64,
}

/// Queues one line.
pub(super) struct LineWriter<'a> {
    shared: &'a Shared,
    has_priority: bool,
}

/// Audit events, warnings and errors are not lost for others.
fn has_priority(metadata: &Metadata<'_>) -> bool {
    metadata.target() == AUDIT || *metadata.level() <= Level::WARN
}

impl LogWriter {
    /// Starts the thread, which writes to `out` until the guard is dropped. `report` logs how many lines
    /// were lost, once there is room again.
    ///
    /// # Errors
    ///
    /// The error of the operating system if the thread cannot be started.
    pub(super) fn new(
        out: impl Write + Send + 'static,
        report: impl Fn(Lost) + Send + 'static,
    ) -> io::Result<(Self, LogGuard)> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let write = move || theirs.write_to(out, report);
        thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok((Self(Arc::clone(&shared)), LogGuard(shared)))
    }
}

impl LogGuard {
    /// The number of lines that were lost.
    #[must_use]
    pub fn lost(&self) -> &LostLogLines {
        &self.0.metrics
    }
}

impl Shared {
    // A panic leaves the queue valid.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_to(&self, mut out: impl Write, report: impl Fn(Lost)) {
        let mut text = Vec::new();
        loop {
            let mut queue = self.queue();
            while queue.text.is_empty() && !queue.has_ended {
                queue = self.not_empty.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            mem::swap(&mut queue.text, &mut text);
            queue.of_priority = 0;
            let lost = mem::take(&mut queue.lost);
            let has_ended = queue.has_ended;
            drop(queue);
            // A failure to write the log has nowhere to be logged.
            let _ = out.write_all(&text).and_then(|()| out.flush());
            text.clear();
            if lost != Lost::default() {
                report(lost);
            }
            let mut queue = self.queue();
            if has_ended && queue.text.is_empty() {
                queue.is_done = true;
                self.done.notify_all();
                return;
            }
            drop(queue);
            if !has_ended {
                thread::sleep(PAUSE);
            }
        }
    }

    fn push(&self, line: &[u8], has_priority: bool) {
        let mut queue = self.queue();
        let was_empty = queue.text.is_empty();
        let (used, capacity) = if has_priority {
            (queue.of_priority, PRIORITY_CAPACITY)
        } else {
            (queue.text.len() - queue.of_priority, CAPACITY)
        };
        if used + line.len() <= capacity {
            queue.text.extend_from_slice(line);
            queue.of_priority += if has_priority { line.len() } else { 0 };
        } else if has_priority {
            queue.lost.of_priority += 1;
            self.metrics.0.count(LogPriority::High);
        } else {
            queue.lost.ordinary += 1;
            self.metrics.0.count(LogPriority::Ordinary);
        }
        drop(queue);
        if was_empty {
            self.not_empty.notify_one();
        }
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> LineWriter<'a> {
        LineWriter { shared: &self.0, has_priority: false }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> LineWriter<'a> {
        LineWriter { shared: &self.0, has_priority: has_priority(metadata) }
    }
}

impl Write for LineWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.shared.push(line, self.has_priority);
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
        let (writer, guard) = LogWriter::new(log.clone(), |_| ()).unwrap();
        let lines: Vec<String> = (0..1000).map(|number| format!("{number}\n")).collect();
        for line in &lines {
            writer.make_writer().write_all(line.as_bytes()).unwrap();
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
        let (report, reported) = mpsc::channel();
        let log = Log::default();
        let out = Blocked(blocked, log.clone());
        let (writer, guard) = LogWriter::new(out, move |lost| report.send(lost).unwrap()).unwrap();
        let line = format!("{}\n", "x".repeat(999));
        let lines = 3 * CAPACITY / line.len();
        for _ in 0..lines {
            writer.make_writer().write_all(line.as_bytes()).unwrap();
        }
        drop(unblock);
        drop(guard);
        let text = log.text();
        assert!(text.lines().all(|line| line.len() == 999));
        // The queue, and what the thread had taken from it before.
        assert!((CAPACITY - 1000..=2 * CAPACITY).contains(&text.len()), "{}", text.len());
        let lost: u64 = reported.iter().map(|lost| lost.ordinary + lost.of_priority).sum();
        assert_eq!(text.lines().count() + usize::try_from(lost).unwrap(), lines);
    }

    #[test]
    fn flood_of_ordinary_lines_drops_no_line_of_priority() {
        let (unblock, blocked) = mpsc::channel();
        let (report, reported) = mpsc::channel();
        let log = Log::default();
        let out = Blocked(blocked, log.clone());
        let (writer, guard) = LogWriter::new(out, move |lost| report.send(lost).unwrap()).unwrap();
        let line = format!("{}\n", "x".repeat(999));
        for number in 0..3 * CAPACITY / line.len() {
            writer.make_writer().write_all(line.as_bytes()).unwrap();
            if number % 100 == 0 {
                LineWriter { shared: &writer.0, has_priority: true }
                    .write_all(format!("audit {number}\n").as_bytes())
                    .unwrap();
            }
        }
        drop(unblock);
        drop(guard);
        let of_audit = log.text().lines().filter(|line| line.starts_with("audit")).count();
        assert_eq!(of_audit, (3 * CAPACITY / line.len()).div_ceil(100));
        let lost: Vec<_> = reported.iter().collect();
        assert!(lost.iter().any(|lost| lost.ordinary > 0), "{lost:?}");
        assert!(lost.iter().all(|lost| lost.of_priority == 0), "{lost:?}");
    }
}

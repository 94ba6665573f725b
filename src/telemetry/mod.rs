//! Logs, through tracing, on standard error.
//!
//! ```text
//! request.rs       RequestId: which request a line is about
//! json.rs          lines for programs
//! text.rs          lines for people
//! time.rs          when a line was logged
//! writer.rs        LineWriter: the thread that writes them
//! ```

mod json;
mod request;
mod text;
mod time;
mod writer;

use std::io::{self, IsTerminal};
use std::panic;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing::{Level, error};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

pub use self::request::RequestId;
use self::writer::LineWriter;
pub use self::writer::LogGuard;

/// The target of what an operator may have to account for: sessions that end, and why. It is logged
/// from `info`, whatever the level of the rest.
pub const AUDIT: &str = "countersign::audit";

/// How the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// A readable line an event.
    Text,
    /// A JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// How the log looks.
    pub format: LogFormat,
    /// The least important level that is logged.
    pub level: Level,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: Level::INFO }
    }
}

/// Sends this process's log to standard error, panics included, until the guard is dropped; that
/// writes what is still waiting to be written.
///
/// A thread of its own writes. Where nobody reads standard error, lines are lost, and no request
/// waits for them.
///
/// Only events of this crate are logged, at the given level, and the errors of others: libraries
/// under it would write headers, and with them tokens, into a verbose log.
///
/// # Errors
///
/// The system gives no thread.
pub fn init(options: LogOptions) -> io::Result<LogGuard> {
    let is_terminal = io::stderr().is_terminal();
    // https://no-color.org
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let ansi = is_terminal && !no_color;
    let (writer, guard) = LineWriter::new(io::stderr())?;
    let is_text = match options.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let layer = if is_text {
        let layer = fmt::layer().with_writer(writer).log_internal_errors(false);
        layer.with_ansi(ansi).event_format(text::Lines::new()).boxed()
    } else {
        json::Lines(writer).boxed()
    };
    let ours = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), options.level)
        .with_target(AUDIT, options.level.max(Level::INFO))
        .with_default(LevelFilter::ERROR);
    // A second call in one process finds the first one's log in place, which is as good.
    let _ = tracing_subscriber::registry().with(ours).with(layer).try_init();

    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        // Not its message, which may quote what a client sent.
        error!(location, "panicked");
    }));
    Ok(guard)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    /// What was logged.
    #[derive(Clone, Default)]
    pub(super) struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        pub(super) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }
}

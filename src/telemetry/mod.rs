//! The log, through tracing, on standard error.
//!
//! ```text
//! audit.rs          audit events in the log
//! json.rs           JsonLayer: the log format for programs
//! text.rs           TextFormat: the log format for people
//! request_scope.rs  RequestScope: the request that a log line is about
//! time.rs           timestamps of log lines
//! writer.rs         LogWriter: the thread that writes
//! ```

mod audit;
mod json;
mod request_scope;
mod text;
mod time;
mod writer;

use std::io::{self, IsTerminal};
use std::panic;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing::{Level, error, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt, reload};

pub use self::audit::AUDIT;
pub(crate) use self::audit::log_audit_event;
pub use self::request_scope::{RequestScope, record_oauth_client, record_user};
pub use self::writer::LogGuard;
use self::writer::{LogWriter, Lost};

/// The format of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One line of text per event, for people.
    Text,
    /// One JSON object per line, for programs.
    Json,
}

/// Settings of the log.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// The format of the log. Default: [`LogFormat::Auto`].
    pub format: LogFormat,
    /// The minimum level of the events that are logged. Default: `INFO`.
    pub level: Level,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: Level::INFO }
    }
}

/// The level of a running log.
#[derive(Debug)]
pub struct LogLevel {
    filter: reload::Handle<Targets, Registry>,
    level: Level,
}

impl LogLevel {
    /// Replaces the level. Whether it is another one.
    pub fn replace(&mut self, level: Level) -> bool {
        let is_other = level != self.level && self.filter.reload(filter(level)).is_ok();
        if is_other {
            self.level = level;
        }
        is_other
    }
}

/// Starts the log of this process on standard error, panics included. Dropping the guard writes the
/// lines that are still in the queue, and ends the log. Its level can be replaced.
///
/// A thread of its own writes. If standard error is not read fast enough, lines are dropped and no
/// request waits; the log says how many. Audit events, warnings and errors have a queue of their own.
///
/// Only the events of this crate are logged at the given level, and of libraries their errors: a
/// verbose log of the HTTP libraries would contain headers, and with them tokens.
///
/// # Errors
///
/// The error of the operating system if the thread cannot be started.
pub fn init(options: LogOptions) -> io::Result<(LogGuard, LogLevel)> {
    let is_terminal = io::stderr().is_terminal();
    // https://no-color.org
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let ansi = is_terminal && !no_color;
    let (writer, guard) = LogWriter::new(io::stderr(), log_lost_lines)?;
    let is_text = match options.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let layer = if is_text {
        let layer = fmt::layer().with_writer(writer).log_internal_errors(false);
        layer.with_ansi(ansi).event_format(text::TextFormat).boxed()
    } else {
        json::JsonLayer(writer).boxed()
    };
    let (ours, filter) = reload::Layer::new(filter(options.level));
    // A second call in one process has no effect: the first subscriber stays.
    let _ = tracing_subscriber::registry().with(ours).with(layer).try_init();

    panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        // Without its message, which may quote untrusted input.
        error!(location, "panicked");
    }));
    Ok((guard, LogLevel { filter, level: options.level }))
}

fn filter(level: Level) -> Targets {
    Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), level)
        .with_target(AUDIT, level.max(Level::INFO))
        .with_default(LevelFilter::ERROR)
}

fn log_lost_lines(lost: Lost) {
    let Lost { ordinary, of_priority } = lost;
    warn!(ordinary, of_priority, "log lines were lost, since the log is not read fast enough");
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    /// A log in memory.
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

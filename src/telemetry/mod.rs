//! Logs, through tracing, on standard error.

mod json;

use std::io::{self, BufWriter, IsTerminal};
use std::panic;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing::{Level, error};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

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

/// How many lines may wait to be written. There is room for them from the start.
const WAITING_LINES: usize = 16 * 1024;

/// What is logged, and how.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// How the log looks.
    pub format: LogFormat,
    /// The least important level that is logged.
    pub level: Level,
}

/// Sends this process's log to standard error, panics included, until the guard is dropped; that
/// writes what is still waiting to be written.
///
/// A thread of its own writes. Where nobody reads standard error, lines are lost, and no request
/// waits for them.
///
/// Only events of this crate are logged, at the given level, and the errors of others: libraries
/// under it would write headers, and with them tokens, into a verbose log.
#[must_use = "the log ends when the guard is dropped"]
pub fn init(options: LogOptions) -> WorkerGuard {
    let is_terminal = io::stderr().is_terminal();
    // https://no-color.org
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let ansi = is_terminal && !no_color;
    // Written when there are no more lines for the moment: under load, many at once.
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING_LINES)
        .finish(BufWriter::new(io::stderr()));
    let layer = fmt::layer().with_writer(writer).log_internal_errors(false);
    let layer = match options.format {
        LogFormat::Auto if is_terminal => layer.with_ansi(ansi).with_target(false).boxed(),
        LogFormat::Text => layer.with_ansi(ansi).with_target(false).boxed(),
        LogFormat::Auto | LogFormat::Json => {
            layer.event_format(json::Lines).fmt_fields(json::Members).boxed()
        }
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
    guard
}

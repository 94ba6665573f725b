//! The flags of the log, as given.

use clap::Args;
use tracing::Level;

use super::value_parsers;
use crate::telemetry::{LogFormat, LogOptions};

/// The flags of the log.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Log")]
pub struct LogFlags {
    /// Format of the log on standard error
    #[arg(
        id = "log_format", long = "log-format", env = "COUNTERSIGN_LOG_FORMAT", value_name = "FORMAT",
        default_value_t = LogOptions::default().format, value_enum
    )]
    pub format: LogFormat,

    /// Lowest level that is logged: error, warn, info, debug or trace
    #[arg(
        id = "log_level", long = "log-level", env = "COUNTERSIGN_LOG_LEVEL", value_name = "LEVEL",
        default_value = value_parsers::level_name(LogOptions::default().level),
        value_parser = value_parsers::log_level
    )]
    pub level: Level,
}

impl LogFlags {
    /// The options.
    pub(super) fn options(&self) -> LogOptions {
        LogOptions { format: self.format, level: self.level }
    }
}

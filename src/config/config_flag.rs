//! The flag of the configuration file.

use std::path::PathBuf;

use clap::Args;

/// The flag of the configuration file, which all commands have.
#[derive(Args, Clone, Debug)]
pub struct ConfigFlag {
    /// Configuration file: TOML with the flags of `serve` as keys, such as log-level = "debug"
    ///
    /// A flag takes precedence over its variable, a variable over the file. `countersign config reference`
    /// prints a file with all keys.
    #[arg(id = Self::ID, long, env = "COUNTERSIGN_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

impl ConfigFlag {
    /// The identifier of the argument.
    pub(super) const ID: &str = "config";
}

//! The flags of the throttle, as given.

use clap::{Args, ValueEnum};

use super::value_parsers;
use crate::throttle::ThrottleOptions;

/// Whether anything is throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThrottleState {
    /// They are.
    On,
    /// They are not.
    Off,
}

/// The flags of the throttle.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Throttle")]
pub struct ThrottleFlags {
    /// Whether failed password checks, registrations and refreshes are throttled
    #[arg(
        long, env = "COUNTERSIGN_THROTTLE", value_name = "STATE", value_enum,
        default_value_t = ThrottleState::On
    )]
    pub throttle: ThrottleState,

    /// Failed password checks of a network (an IPv4 address or an IPv6 /64) for one account, after
    /// which a back-off begins
    #[arg(
        long = "throttle-account-failures", env = "COUNTERSIGN_THROTTLE_ACCOUNT_FAILURES",
        value_name = "NUMBER", default_value_t = ThrottleOptions::default().free_failures as usize,
        value_parser = value_parsers::count
    )]
    pub account_failures: usize,

    /// Failed password checks of a network for all accounts, after which it is limited to one every
    /// 10s
    #[arg(
        long = "throttle-network-failures", env = "COUNTERSIGN_THROTTLE_NETWORK_FAILURES",
        value_name = "NUMBER", default_value_t = ThrottleOptions::default().network_failures as usize,
        value_parser = value_parsers::count
    )]
    pub network_failures: usize,

    /// Registrations of a network, after which it is limited to one every 10s
    #[arg(
        long = "throttle-registrations", env = "COUNTERSIGN_THROTTLE_REGISTRATIONS",
        value_name = "NUMBER", default_value_t = ThrottleOptions::default().registrations as usize,
        value_parser = value_parsers::count
    )]
    pub registrations: usize,
}

impl ThrottleFlags {
    /// The options.
    pub(super) fn options(&self) -> ThrottleOptions {
        let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
        ThrottleOptions {
            enabled: self.throttle == ThrottleState::On,
            free_failures: number(self.account_failures),
            network_failures: number(self.network_failures),
            registrations: number(self.registrations),
        }
    }
}

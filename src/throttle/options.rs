//! The options of the throttle.

/// The options of the throttle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThrottleOptions {
    /// Whether failures are throttled. Default: `true`.
    pub enabled: bool,
    /// Failures of a network for one account before the back-off. Default: 5.
    pub free_failures: u32,
    /// Failures of a network, for all accounts, before it is limited. Default: 100.
    pub network_failures: u32,
    /// Registrations of a network before they are limited. Default: 100.
    pub registrations: u32,
}

impl Default for ThrottleOptions {
    fn default() -> Self {
        Self { enabled: true, free_failures: 5, network_failures: 100, registrations: 100 }
    }
}

//! Attempts to prove the knowledge of a password.

use std::time::Duration;

use super::account_hash::AccountHash;
use crate::domain::{ClientNetwork, DeviceId};

/// An attempt to prove the knowledge of a password.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// The account.
    pub account: AccountHash,
    /// The network of the client; `None` for a client without an address.
    pub network: Option<ClientNetwork>,
    /// The device, if it is known to have logged in to this account before.
    pub device: Option<DeviceId>,
}

/// A rejected attempt or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// The time until one may be admitted.
    pub retry_after: Duration,
    /// Whether this is the first rejection since the last failure, or the last admitted request.
    pub is_first: bool,
}

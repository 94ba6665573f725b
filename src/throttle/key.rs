//! What failures are counted by.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::account_hash::AccountHash;
use crate::domain::{ClientNetwork, DeviceId};

/// What failures are counted by. Written as a name and its arguments, such as
/// `account-network 0123456789abcdef 192.0.2.1`; `-` is a client without an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKey {
    /// An account, and the network of the client. `None` for a client without an address.
    AccountAndNetwork(AccountHash, Option<ClientNetwork>),
    /// An account.
    Account(AccountHash),
    /// The attempts on an account under attack.
    AccountUnderAttack(AccountHash),
    /// A network, over all accounts.
    Network(ClientNetwork),
    /// An account, and the /48 of a client with IPv6.
    AccountAndSite(AccountHash, Ipv6Addr),
    /// The /48 of a client with IPv6, over all accounts.
    Site(Ipv6Addr),
    /// A known device.
    Device(DeviceId),
    /// All clients.
    AllClients,
}

impl FailureKey {
    /// The account, where the key has one.
    #[must_use]
    pub fn account(self) -> Option<AccountHash> {
        match self {
            Self::AccountAndNetwork(account, _)
            | Self::Account(account)
            | Self::AccountUnderAttack(account)
            | Self::AccountAndSite(account, _) => Some(account),
            Self::Network(_) | Self::Site(_) | Self::Device(_) | Self::AllClients => None,
        }
    }

    /// Whether a network is counted by the key.
    #[must_use]
    pub fn concerns(self, network: ClientNetwork) -> bool {
        match self {
            Self::AccountAndNetwork(_, found) => found == Some(network),
            Self::Network(found) => found == network,
            Self::AccountAndSite(_, site) | Self::Site(site) => network.site() == Some(site),
            Self::Account(_) | Self::AccountUnderAttack(_) | Self::Device(_) | Self::AllClients => {
                false
            }
        }
    }
}

impl fmt::Display for FailureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountAndNetwork(account, Some(network)) => {
                write!(f, "account-network {account} {network}")
            }
            Self::AccountAndNetwork(account, None) => write!(f, "account-network {account} -"),
            Self::Account(account) => write!(f, "account {account}"),
            Self::AccountUnderAttack(account) => write!(f, "account-under-attack {account}"),
            Self::Network(network) => write!(f, "network {network}"),
            Self::AccountAndSite(account, site) => write!(f, "account-site {account} {site}/48"),
            Self::Site(site) => write!(f, "site {site}/48"),
            Self::Device(device) => write!(f, "device {device}"),
            Self::AllClients => f.write_str("all-clients"),
        }
    }
}

/// The text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed key of failures")]
pub struct FailureKeyError;

impl FromStr for FailureKey {
    type Err = FailureKeyError;

    fn from_str(text: &str) -> Result<Self, FailureKeyError> {
        let parts: Vec<&str> = text.split(' ').collect();
        let account = |text: &str| AccountHash::parse(text).ok_or(FailureKeyError);
        let network = |text: &str| text.parse::<ClientNetwork>().map_err(|_| FailureKeyError);
        let site = |text: &str| {
            let address = text.strip_suffix("/48").ok_or(FailureKeyError)?;
            address.parse().map_err(|_| FailureKeyError)
        };
        Ok(match parts[..] {
            ["account-network", hash, "-"] => Self::AccountAndNetwork(account(hash)?, None),
            ["account-network", hash, from] => {
                Self::AccountAndNetwork(account(hash)?, Some(network(from)?))
            }
            ["account", hash] => Self::Account(account(hash)?),
            ["account-under-attack", hash] => Self::AccountUnderAttack(account(hash)?),
            ["network", from] => Self::Network(network(from)?),
            ["account-site", hash, from] => Self::AccountAndSite(account(hash)?, site(from)?),
            ["site", from] => Self::Site(site(from)?),
            ["device", id] => Self::Device(DeviceId::parse(id).ok_or(FailureKeyError)?),
            ["all-clients"] => Self::AllClients,
            _ => return Err(FailureKeyError),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_parsed_as_it_is_written() {
        for text in [
            "account-network 0123456789abcdef 192.0.2.1",
            "account-network 0123456789abcdef 2001:db8:1:2::/64",
            "account-network 0123456789abcdef -",
            "account 0123456789abcdef",
            "account-under-attack 0123456789abcdef",
            "network 192.0.2.1",
            "account-site 0123456789abcdef 2001:db8:1::/48",
            "site 2001:db8:1::/48",
            "device 0123456789abcdef0123456789abcdef",
            "all-clients",
        ] {
            assert_eq!(text.parse::<FailureKey>().unwrap().to_string(), text);
        }
        for text in
            ["", "account", "account 1", "network -", "site 2001:db8::", "device 1", "other"]
        {
            assert_eq!(text.parse::<FailureKey>(), Err(FailureKeyError), "{text}");
        }
    }

    #[test]
    fn key_concerns_the_networks_that_it_counts() {
        let concerns = |key: &str, network: &str| {
            key.parse::<FailureKey>().unwrap().concerns(network.parse().unwrap())
        };
        assert!(concerns("network 192.0.2.1", "192.0.2.1"));
        assert!(!concerns("network 192.0.2.1", "192.0.2.2"));
        assert!(concerns("account-network 0123456789abcdef 192.0.2.1", "192.0.2.1"));
        assert!(concerns("site 2001:db8:1::/48", "2001:db8:1:2::/64"));
        assert!(!concerns("site 2001:db8:1::/48", "2001:db8:2:2::/64"));
        assert!(!concerns("account 0123456789abcdef", "192.0.2.1"));
    }
}

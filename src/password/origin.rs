//! The origin of a hashing job, between which the queue is fair.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use crate::domain::{ClientNetwork, Email, RequestContext};

/// The origin of a hashing job: the network of the client, and the account. The queue is fair between
/// networks and between accounts.
///
/// The default is that of an operator: neither network nor account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    pub(super) network: Option<ClientNetwork>,
    pub(super) account: Option<AccountKey>,
}

/// A keyed hash of an e-mail address, known or unknown, so that no address stays in memory. The key
/// is random: a client cannot choose two addresses of one key.
pub(super) type AccountKey = u64;

impl Origin {
    /// The origin of a request about the account with this e-mail address, be there such an account or
    /// not. Two spellings of an address are one account.
    #[must_use]
    pub fn new(context: &RequestContext, email: &str) -> Self {
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let account = match Email::parse(email) {
            Ok(email) => KEY.hash_one(email),
            Err(_) => KEY.hash_one(email),
        };
        Self { account: Some(account), ..Self::of_network(context) }
    }

    /// The origin of a request about an account that is not known yet.
    #[must_use]
    pub fn of_network(context: &RequestContext) -> Self {
        Self { network: context.client.address.map(ClientNetwork::from), account: None }
    }
}

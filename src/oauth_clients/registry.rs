//! The configured OAuth clients, and their authentication.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use super::error::{LineError, OAuthClientsError};
use super::secret::SecretHash;
use crate::domain::ClientId;

/// The configured OAuth clients. Default: none.
#[derive(Clone, Default)]
pub struct OAuthClients(BTreeMap<ClientId, Registered>);

/// What a line says about its client.
#[derive(Clone, Copy)]
pub(super) struct Registered {
    hash: SecretHash,
    may_administrate: bool,
}

impl OAuthClients {
    /// Parses one client per line, `ID:sha256:HASH`, or `ID:sha256:HASH:admin` for one that may use the
    /// administration API, where the hash is the unpadded base64url of the
    /// SHA-256 digest of the secret. Empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    ///
    /// [`OAuthClientsError::Line`] for the first malformed line.
    pub fn parse(text: &str) -> Result<Self, OAuthClientsError> {
        let mut clients = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let error = |source| OAuthClientsError::Line { number: index + 1, source };
            let Some((id, registered)) = parse_line(line).map_err(error)? else { continue };
            match clients.entry(id) {
                Entry::Occupied(_) => return Err(error(LineError::Duplicate)),
                Entry::Vacant(vacant) => vacant.insert(registered),
            };
        }
        Ok(Self(clients))
    }

    /// Authenticates an OAuth client: its id, if `secret` is its secret. An unknown client takes as
    /// long as a wrong secret.
    #[must_use]
    pub fn authenticate(&self, id: &str, secret: &str) -> Option<&ClientId> {
        let client = self.0.get_key_value(id);
        let hash = client.map_or(&SecretHash::DUMMY, |(_, registered)| &registered.hash);
        let is_secret = hash.is_of(secret);
        client.filter(|_| is_secret).map(|(id, _)| id)
    }

    /// Whether a client may use the administration API.
    #[must_use]
    pub fn may_administrate(&self, id: &ClientId) -> bool {
        self.0.get(id).is_some_and(|registered| registered.may_administrate)
    }

    /// Whether no client is configured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The client IDs, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &ClientId> {
        self.0.keys()
    }

    pub(super) fn contains(&self, id: &ClientId) -> bool {
        self.0.contains_key(id)
    }
}

/// The end of a line of a client that may use the administration API.
pub(super) const ADMIN: &str = ":admin";

/// The client of a line; `None` for an empty line or a comment.
pub(super) fn parse_line(line: &str) -> Result<Option<(ClientId, Registered)>, LineError> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (id, hash) = line.split_once(':').ok_or(LineError::Form)?;
    // The hash has no other colon than that of `sha256:`.
    let (hash, may_administrate) = match hash.strip_suffix(ADMIN) {
        Some(hash) => (hash, true),
        None => (hash, false),
    };
    Ok(Some((id.parse()?, Registered { hash: hash.parse()?, may_administrate })))
}

/// Shows the client IDs only.
impl fmt::Debug for OAuthClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::ClientIdError;

    const ABC: &str = "sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0";

    #[test]
    fn client_authenticates_with_its_own_secret_only() {
        let text =
            format!("# the gateways\r\n\r\n gateway:{ABC} \r\nother:{}\n", ABC.replace('u', "v"));
        let clients = OAuthClients::parse(&text).unwrap();
        assert!(clients.authenticate("gateway", "abc").is_some());
        for (id, secret) in [("gateway", "abd"), ("gateway", ""), ("other", "abc"), ("", "abc")] {
            assert!(clients.authenticate(id, secret).is_none(), "{id} {secret}");
        }
        let ids: Vec<_> = clients.ids().map(ToString::to_string).collect();
        assert_eq!(ids, ["gateway", "other"]);
        assert!(!format!("{clients:?}").contains("ung"));
    }

    #[test]
    fn client_may_administrate_where_its_line_says_so() {
        let clients = OAuthClients::parse(&format!("a:{ABC}\nb:{ABC}:admin\n")).unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|id| id.parse().unwrap());
        assert!(!clients.may_administrate(&a) && !clients.may_administrate(&c));
        assert!(clients.may_administrate(&b) && clients.authenticate("b", "abc").is_some());
    }

    #[rstest]
    #[case::no_hash("gateway", LineError::Form)]
    #[case::secret("gateway:hunter2", LineError::Form)]
    #[case::other_hash("gateway:md5:abc", LineError::Form)]
    #[case::no_id(":sha256:abc", LineError::Id(ClientIdError))]
    #[case::odd_id("a b:sha256:abc", LineError::Id(ClientIdError))]
    #[case::short("gateway:sha256:abc", LineError::Hash)]
    #[case::padded(&format!("gateway:{ABC}="), LineError::Hash)]
    #[case::other_right(&format!("gateway:{ABC}:root"), LineError::Hash)]
    #[case::comment_behind(&format!("gateway:{ABC} # comment"), LineError::Hash)]
    #[case::twice(&format!("a:{ABC}"), LineError::Duplicate)]
    fn malformed_line_is_reported_with_its_number(#[case] line: &str, #[case] expected: LineError) {
        let error = OAuthClients::parse(&format!("a:{ABC}\n{line}\n")).unwrap_err();
        let OAuthClientsError::Line { number, source } = &error else { panic!("{error}") };
        assert_eq!((*number, *source), (2, expected));
        assert!(!error.to_string().contains("hunter2"));
    }
}

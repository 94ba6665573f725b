//! Octet sequences that JSON holds as base64url.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use zeroize::Zeroizing;

/// An octet sequence; in JSON unpadded, canonical base64url (RFC 7515 section 2).
///
/// It may be a private key: `Debug` redacts it, and its memory is zeroed when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Octets(Zeroizing<Vec<u8>>);

impl Octets {
    /// The sequence of these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The base64url text.
    #[must_use]
    pub fn encoded(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.as_slice()))
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Octets").finish_non_exhaustive()
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.encoded())
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OctetsVisitor;

        impl Visitor<'_> for OctetsVisitor {
            type Value = Octets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("base64url")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Octets, E> {
                // The error of the decoder would quote a byte of what may be a secret.
                URL_SAFE_NO_PAD
                    .decode(text)
                    .map(Octets::new)
                    .map_err(|_| E::custom("not base64url"))
            }
        }

        deserializer.deserialize_str(OctetsVisitor)
    }
}

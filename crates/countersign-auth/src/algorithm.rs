//! Signature algorithms.

use std::fmt;

use jsonwebtoken::Algorithm;

/// The signature algorithm of a key. It follows from the key's type, and never from a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// Ed25519 (RFC 8037): a key pair.
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4): a key pair.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3): a key pair.
    Rs256,
    /// HMAC with SHA-256 (RFC 7518 section 3.2): a shared secret, which verifies and signs.
    Hs256,
}

impl KeyAlgorithm {
    /// All algorithms.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Hs256];

    /// The name in JOSE (RFC 7518 section 3.1), such as `EdDSA`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }

    pub(crate) fn jose(self) -> Algorithm {
        match self {
            Self::EdDsa => Algorithm::EdDSA,
            Self::Es256 => Algorithm::ES256,
            Self::Rs256 => Algorithm::RS256,
            Self::Hs256 => Algorithm::HS256,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

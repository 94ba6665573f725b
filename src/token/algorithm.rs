//! What keys sign with.

use std::fmt;

use clap::ValueEnum;
use jsonwebtoken::Algorithm;

/// What a key signs with. It follows from the key, and never from a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyAlgorithm {
    /// Ed25519 (RFC 8037): a key pair; small and fast.
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4): a key pair; every library knows it.
    #[value(name = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3): a key pair; for old verifiers.
    #[value(name = "RS256")]
    Rs256,
    /// HMAC with SHA-256 (RFC 7518 section 3.2): a shared secret; who verifies can sign.
    #[value(name = "HS256")]
    Hs256,
}

impl KeyAlgorithm {
    /// Its name in JOSE, such as `EdDSA`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }

    /// Itself, as jsonwebtoken calls it.
    pub(super) fn jose(self) -> Algorithm {
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

//! The algorithm of a new key, as an argument.

use clap::ValueEnum;
use countersign_auth::KeyAlgorithm;

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum AlgorithmArg {
    /// Ed25519 (RFC 8037): a key pair; small and fast.
    #[value(name = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4): a key pair; supported by every library.
    #[value(name = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3): a key pair; for old verifiers.
    #[value(name = "RS256")]
    Rs256,
    /// HMAC with SHA-256 (RFC 7518 section 3.2): a shared secret; every verifier can sign.
    #[value(name = "HS256")]
    Hs256,
}

impl From<AlgorithmArg> for KeyAlgorithm {
    fn from(argument: AlgorithmArg) -> Self {
        match argument {
            AlgorithmArg::EdDsa => Self::EdDsa,
            AlgorithmArg::Es256 => Self::Es256,
            AlgorithmArg::Rs256 => Self::Rs256,
            AlgorithmArg::Hs256 => Self::Hs256,
        }
    }
}

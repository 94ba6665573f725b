//! Errors of keys and of key sets.

use super::algorithm::KeyAlgorithm;

/// Errors of a single key, public or private. They quote none of its members.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Unsupported key type or curve.
    #[error(
        "unsupported key type; supported are oct (HS256), OKP with Ed25519 (EdDSA), EC with P-256 \
         (ES256) and RSA (RS256)"
    )]
    Type,
    /// A member is missing. Without `d` the key is only the public half of a pair.
    #[error("{0} is missing{hint}", hint = missing(.0))]
    Missing(&'static str),
    /// A member has the wrong length or leading zeros.
    #[error("{0} has the wrong length or leading zeros")]
    Malformed(&'static str),
    /// A secret of fewer bytes than [`Secret::MIN_LENGTH`](super::Secret::MIN_LENGTH).
    #[error("the secret has {0} bytes; HS256 needs at least 32")]
    ShortSecret(usize),
    /// An RSA key of fewer than 2048 or more than 8192 bits.
    #[error("RSA key of {0} bits; supported are 2048 to 8192 bits")]
    RsaLength(usize),
    /// An RSA key of more than two primes.
    #[error("RSA keys of more than two primes are not supported")]
    ManyPrimes,
    /// The members do not belong to one key.
    #[error("the members of the key are inconsistent")]
    Inconsistent,
    /// `use`, `alg` or `key_ops` does not fit the key or its purpose.
    #[error("{member} is not that of a key that signs with {algorithm}")]
    Contradiction {
        /// The name of the member.
        member: &'static str,
        /// The algorithm of the key.
        algorithm: KeyAlgorithm,
    },
    /// The `kid` of a signing key is not its thumbprint.
    #[error("kid must be omitted or be the RFC 7638 thumbprint, {0}")]
    Kid(String),
    /// A symmetric key in a public key set.
    #[error("it is a shared secret, not a public key")]
    Symmetric,
    /// A private key in a public key set.
    #[error("it is a private key; a public key set must hold its public half only")]
    Private,
    /// Not a JSON object, or a member of the wrong type.
    #[error("not a JWK: a member has the wrong type")]
    Form,
    /// A certificate in PEM.
    #[error("it is a certificate; extract the key with openssl x509 -pubkey -noout")]
    Certificate,
    /// An unsupported PEM label.
    #[error("the PEM label is neither PUBLIC KEY nor RSA PUBLIC KEY")]
    Label,
    /// PEM whose content does not match its label.
    #[error("the PEM text does not encode a public key")]
    Encoding,
}

fn missing(member: &str) -> &'static str {
    if member == "d" { "; a private key with all of its members is required" } else { "" }
}

/// Errors of a key set. They quote none of its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// Not JSON.
    #[error("not JSON at line {line}, column {column}")]
    Syntax {
        /// The line of the error, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
    },
    /// JSON, but not a JWK Set.
    #[error(
        "not a JWK Set at line {line}, column {column}: a member is missing, duplicated or of the \
         wrong type"
    )]
    Form {
        /// The line of the error, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
    },
    /// No key.
    #[error("it contains no key")]
    Empty,
    /// More than [`VerificationKeys::MAX`](super::VerificationKeys::MAX) keys.
    #[error("it contains more than 32 keys")]
    TooMany,
    /// An unusable key.
    #[error("key number {number}: {source}")]
    Key {
        /// The position of the key, from 1.
        number: usize,
        /// The error of the key.
        source: KeyError,
    },
    /// A duplicate key.
    #[error("the key {0} is already in the key set")]
    Duplicate(String),
    /// A JWK Set without a usable public key.
    #[error("it contains no usable key; the first: {0}")]
    NoneUsable(#[source] KeyError),
    /// Truncated or damaged PEM.
    #[error("it contains truncated or damaged PEM")]
    Pem,
}

impl From<serde_json::Error> for KeySetError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        // The error's own message may quote the content.
        if error.is_data() { Self::Form { line, column } } else { Self::Syntax { line, column } }
    }
}

//! Why there are no keys in some bytes.

use super::key::KeyError;

/// Why some bytes are no [`KeySet`](super::KeySet), or no [`PublicKeySet`](super::PublicKeySet). It
/// quotes nothing of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not the JSON of a JWK Set.
    #[error("it is not JSON at line {line}, column {column}")]
    Syntax {
        /// The line of the fault, from 1.
        line: usize,
        /// The byte in it, from 1.
        column: usize,
    },
    /// JSON, but not that of a JWK Set.
    #[error(
        "it is not a JWK Set at line {line}, column {column}: a member is missing, there twice, or \
         of the wrong type"
    )]
    Form {
        /// The line of the fault, from 1.
        line: usize,
        /// The byte in it, from 1.
        column: usize,
    },
    /// There is no key in it.
    #[error("there is no key in it")]
    Empty,
    /// There are more than [`KeySet::MOST`](super::KeySet::MOST).
    #[error("there are more than 32 keys in it")]
    TooMany,
    /// A key cannot be used.
    #[error("key number {number}: {source}")]
    Key {
        /// Which, from 1.
        number: usize,
        /// What is wrong with it.
        source: KeyError,
    },
    /// A key is there a second time.
    #[error("the key {0} is there twice")]
    Twice(String),
    /// None of several public keys can be used.
    #[error("none of its keys can be used; the first: {0}")]
    NoneUsable(#[source] KeyError),
    /// A text of PEM is cut off or damaged.
    #[error("a PEM text in it is cut off or damaged")]
    Pem,
}

impl From<serde_json::Error> for KeySetError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        // Its own sentence may quote what is there.
        if error.is_data() { Self::Form { line, column } } else { Self::Syntax { line, column } }
    }
}

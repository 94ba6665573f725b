//! Identifiers of requests.

use std::fmt;

use arrayvec::ArrayString;
use uuid::Uuid;
use uuid::fmt::Simple;

/// The identifier of a request: 1 to 64 ASCII letters, digits, `-`, `_` or `.`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RequestId(ArrayString<{ Self::MAX_LENGTH }>);

impl RequestId {
    /// The maximum length, in bytes.
    pub const MAX_LENGTH: usize = 64;

    /// A random identifier (UUID version 4): 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn random() -> Self {
        let mut digits = [0; Simple::LENGTH];
        let id = Uuid::new_v4().simple().encode_lower(&mut digits);
        Self(ArrayString::from(id).unwrap_or_default())
    }

    /// Parses an identifier that a client has sent; `None` if it is invalid.
    #[must_use]
    pub fn parse(id: &[u8]) -> Option<Self> {
        let is_allowed =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if id.is_empty() || !id.iter().all(is_allowed) {
            return None;
        }
        ArrayString::from(str::from_utf8(id).ok()?).ok().map(Self)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestId").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_short_and_plain() {
        let longest = "x".repeat(RequestId::MAX_LENGTH);
        for id in ["a", "Trace-01.a_b", &longest] {
            assert_eq!(RequestId::parse(id.as_bytes()).unwrap().as_str(), id);
        }
        let too_long = "x".repeat(RequestId::MAX_LENGTH + 1);
        for invalid in ["", "a b", "<script>", "a;b", "é", "a\n", "a\0", &too_long] {
            assert!(RequestId::parse(invalid.as_bytes()).is_none(), "{invalid:?}");
        }
    }

    #[test]
    fn random_ids_differ() {
        let (one, other) = (RequestId::random(), RequestId::random());
        assert_eq!(one.as_str().len(), 32);
        assert_ne!(one, other);
    }
}

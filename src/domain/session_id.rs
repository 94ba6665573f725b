//! Identifiers of sessions.

use std::fmt;

use uuid::Uuid;

/// The identifier of a session, and the `sid` claim of its access tokens: 122 random bits (a UUID of
/// version 4, RFC 9562 section 5.4), written as 32 lower-case hexadecimal digits.
///
/// Not a secret: it authorizes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Uuid);

impl SessionId {
    /// The lowest identifier.
    pub(crate) const MIN: Self = Self(Uuid::nil());
    /// The highest identifier.
    pub(crate) const MAX: Self = Self(Uuid::max());

    /// A new identifier.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Parses an identifier in the one form that `Display` writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Of this length there is one form, in digits of either case.
        let has_upper = text.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase());
        (text.len() == 32 && !has_upper).then(|| Uuid::try_parse(text).ok().map(Self))?
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.simple().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_has_one_spelling() {
        let id = SessionId::random();
        assert_eq!(SessionId::parse(&id.to_string()), Some(id));
        assert_eq!(id.to_string().len(), 32);
        let dashed = Uuid::new_v4().to_string();
        let upper = "ABCDEFABCDEFABCDEFABCDEFABCDEFAB";
        for text in ["", "1", upper, &dashed, &format!("{{{dashed}}}")] {
            assert_eq!(SessionId::parse(text), None, "{text}");
        }
    }
}

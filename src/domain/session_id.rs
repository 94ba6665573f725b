//! What a session is called.

use std::fmt;

use uuid::Uuid;

/// The name of a session, and the `sid` of its access tokens: 122 random bits (a UUID of version 4,
/// RFC 9562 section 5.4), written as 32 lower-case hexadecimal digits.
///
/// It is no secret: who knows it can do nothing with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Uuid);

impl SessionId {
    /// Before all others.
    pub(crate) const MIN: Self = Self(Uuid::nil());
    /// After all others.
    pub(crate) const MAX: Self = Self(Uuid::max());

    /// A name that no session has had.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// Reads a name in exactly the form in which it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Of this length there is but one form, in digits of either case.
        // All at once, without looking after each whether it is enough.
        let has_upper = text.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase());
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
    fn a_name_has_one_spelling() {
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

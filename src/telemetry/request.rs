//! Which request a line of the log is about.

use std::fmt;

use arrayvec::ArrayString;
use tokio::task::futures::TaskLocalFuture;
use tokio::task_local;
use uuid::Uuid;
use uuid::fmt::Simple;

task_local! {
    /// A span would say the same, and cost as much as all the rest of a line.
    static CURRENT: RequestId;
}

/// The name of one request: 1 to 64 letters, digits, `-`, `_` or `.`, all of them ASCII.
#[derive(Clone, Copy)]
pub struct RequestId(ArrayString<{ Self::LONGEST }>);

impl RequestId {
    /// The longest name, in bytes.
    pub const LONGEST: usize = 64;

    /// A name that no request has had: 32 lower-case hexadecimal digits.
    #[must_use]
    pub fn random() -> Self {
        let mut digits = [0; Simple::LENGTH];
        let name = Uuid::new_v4().simple().encode_lower(&mut digits);
        Self(ArrayString::from(name).unwrap_or_default())
    }

    /// Takes a name that was given, if it can be nothing else.
    #[must_use]
    pub fn parse(name: &[u8]) -> Option<Self> {
        let is_plain =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || !name.iter().all(is_plain) {
            return None;
        }
        ArrayString::from(str::from_utf8(name).ok()?).ok().map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names the lines that `future` logs.
    pub fn scope<F: Future>(self, future: F) -> TaskLocalFuture<Self, F> {
        CURRENT.scope(self, future)
    }

    /// Names the lines that `act` logs.
    pub fn sync_scope<T>(self, act: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, act)
    }

    /// Does something with the name for a line that is logged now, if it is about a request.
    pub(super) fn with_current<T>(then: impl FnOnce(&str) -> T) -> Option<T> {
        CURRENT.try_with(|id| then(id.as_str())).ok()
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
    fn a_name_is_short_and_plain() {
        let longest = "x".repeat(RequestId::LONGEST);
        for name in ["a", "Trace-01.a_b", &longest] {
            assert_eq!(RequestId::parse(name.as_bytes()).unwrap().as_str(), name);
        }
        let too_long = "x".repeat(RequestId::LONGEST + 1);
        for odd in ["", "a b", "<script>", "a;b", "é", "a\n", "a\0", &too_long] {
            assert!(RequestId::parse(odd.as_bytes()).is_none(), "{odd:?}");
        }
    }

    #[test]
    fn a_random_name_is_another_one_each_time() {
        let (one, other) = (RequestId::random(), RequestId::random());
        assert_eq!(one.as_str().len(), 32);
        assert_ne!(one.as_str(), other.as_str());
    }

    #[tokio::test]
    async fn a_name_is_current_inside_of_its_scope_alone() {
        let name = RequestId::random();
        let current = || RequestId::with_current(str::to_owned);
        assert_eq!(name.scope(async { current() }).await, Some(name.to_string()));
        assert_eq!(name.sync_scope(current), Some(name.to_string()));
        assert_eq!(current(), None);
    }
}

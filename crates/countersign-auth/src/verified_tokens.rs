//! The cache of verified tokens.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::claims::Claims;

/// The capacity in tokens; with their claims they take about six megabytes.
const CAPACITY: usize = 10_000;
/// The length in bytes beyond which a token is not cached.
const MAX_LENGTH: usize = 1024;

/// Tokens whose signature was verified with certain keys, and their claims.
///
/// The whole text of a token is the key of the cache. The cache lives as long as the keys; the
/// claims are checked at every use.
pub(super) struct VerifiedTokens(Cache<Box<str>, Arc<Claims>>);

impl VerifiedTokens {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    pub(super) fn get(&self, token: &str) -> Option<Arc<Claims>> {
        self.0.get(token)
    }

    pub(super) fn insert(&self, token: &str, claims: &Arc<Claims>) {
        if token.len() <= MAX_LENGTH {
            self.0.insert(token.into(), Arc::clone(claims));
        }
    }

    pub(super) fn remove(&self, token: &str) {
        self.0.remove(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user_id::UserId;

    fn claims() -> Arc<Claims> {
        let claims = r#"{"user_id": 1, "exp": 1}"#;
        Arc::new(serde_json::from_str(claims).unwrap())
    }

    #[test]
    fn token_is_found_by_its_whole_text() {
        let tokens = VerifiedTokens::new();
        tokens.insert("a.b.c", &claims());
        assert_eq!(tokens.get("a.b.c").unwrap().user_id, UserId(1));
        for other in ["", "a", "a.b.", "a.b.d", "a.b.c.", "A.b.c"] {
            assert!(tokens.get(other).is_none(), "{other}");
        }
        tokens.remove("a.b.c");
        assert!(tokens.get("a.b.c").is_none());
    }

    #[test]
    fn cache_is_bounded_in_number_and_size() {
        let tokens = VerifiedTokens::new();
        for number in 0..3 * CAPACITY {
            tokens.insert(&number.to_string(), &claims());
        }
        assert!(tokens.0.len() <= CAPACITY);
        let long = "x".repeat(MAX_LENGTH + 1);
        tokens.insert(&long, &claims());
        assert!(tokens.get(&long).is_none());
    }
}

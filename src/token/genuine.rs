//! Tokens that were found genuine a moment ago.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::claims::Claims;

/// How many tokens are remembered; with what they say they take about six megabytes.
const REMEMBERED: usize = 10_000;
/// Longer ones are not remembered, in bytes.
const LONGEST: usize = 1024;

/// The tokens that certain keys were found to have signed, and what they say: a bounded number.
///
/// They are found by their whole text, so no other token can be taken for one of them. It lives and
/// dies with those keys; whether the claims are good now is looked at each time.
pub(super) struct Genuine(Cache<Box<str>, Arc<Claims>>);

impl Genuine {
    pub(super) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    pub(super) fn claims(&self, token: &str) -> Option<Arc<Claims>> {
        self.0.get(token)
    }

    pub(super) fn remember(&self, token: &str, claims: &Arc<Claims>) {
        if token.len() <= LONGEST {
            self.0.insert(token.into(), Arc::clone(claims));
        }
    }

    pub(super) fn forget(&self, token: &str) {
        self.0.remove(token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UserId;

    fn claims() -> Arc<Claims> {
        let claims = r#"{"user_id": 1, "exp": 1}"#;
        Arc::new(serde_json::from_str(claims).unwrap())
    }

    #[test]
    fn a_token_is_known_by_its_whole_text() {
        let genuine = Genuine::new();
        genuine.remember("a.b.c", &claims());
        assert_eq!(genuine.claims("a.b.c").unwrap().user_id, UserId(1));
        for other in ["", "a", "a.b.", "a.b.d", "a.b.c.", "A.b.c"] {
            assert!(genuine.claims(other).is_none(), "{other}");
        }
        genuine.forget("a.b.c");
        assert!(genuine.claims("a.b.c").is_none());
    }

    #[test]
    fn what_is_remembered_is_bounded_in_number_and_size() {
        let genuine = Genuine::new();
        for number in 0..3 * REMEMBERED {
            genuine.remember(&number.to_string(), &claims());
        }
        assert!(genuine.0.len() <= REMEMBERED);
        let long = "x".repeat(LONGEST + 1);
        genuine.remember(&long, &claims());
        assert!(genuine.claims(&long).is_none());
    }
}

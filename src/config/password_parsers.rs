//! Values of the flags of passwords and of their hashing.

use std::num::NonZeroUsize;

use crate::password::{Cost, Engine, ParseEngineError, PasswordPolicy};

/// The minimum length of a password, in characters.
pub(super) fn min_password_length(text: &str) -> Result<usize, String> {
    let length = text.parse().ok().filter(|length| PasswordPolicy::new(*length).is_ok());
    length
        .ok_or_else(|| "expected a whole number of characters from 8 to 64, such as 15".to_owned())
}

/// The minimum score of a password.
pub(super) fn min_password_score(text: &str) -> Result<u8, String> {
    let score = text.parse().ok().filter(|score| *score <= PasswordPolicy::GREATEST_MIN_SCORE);
    score.ok_or_else(|| "expected a score from 0 to 4, such as 2".to_owned())
}

/// Cost parameters, no weaker than OWASP's minimum.
pub(super) fn hash_cost(text: &str) -> Result<Cost, String> {
    Cost::parse(text).ok().filter(|cost| cost.is_strong()).ok_or_else(|| {
        let strong: Vec<_> = Cost::strong().map(|cost| cost.to_string()).collect();
        format!(
            "expected m=KIB,t=PASSES and optionally p=LANES, such as {}: m from 7168 to 131072, t \
             from 1 to 16, p from 1 to 8, and no weaker than OWASP's minimum, one of {}",
            Cost::default(),
            strong.join(" ")
        )
    })
}

/// The name of an argon2 engine that this CPU supports.
pub(crate) fn hash_engine(text: &str) -> Result<Engine, String> {
    text.parse().map_err(|error: ParseEngineError| error.to_string())
}

/// A number of threads, from 1 to 1024.
pub(crate) fn hashing_threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse::<NonZeroUsize>().ok().filter(|number| number.get() <= 1024);
    number.ok_or_else(|| "expected a whole number from 1 to 1024, such as 4".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_engine_that_the_cpu_supports_is_accepted() {
        for engine in Engine::available() {
            assert_eq!(hash_engine(engine.name()), Ok(engine));
        }
        assert!(hash_engine("sse").is_err_and(|message| message.starts_with("expected one of")));
    }

    #[test]
    fn hash_cost_below_owasps_minimum_is_rejected() {
        assert_eq!(hash_cost("m=19456,t=2"), Ok(Cost::default()));
        assert!(hash_cost("m=65536,t=3,p=1").is_ok());
        for (text, reason) in [
            ("", "expected m=KIB"),
            ("19456", "expected m=KIB"),
            ("m=19456,t=1", "m=19456,t=2,p=1"),
            ("m=1,t=1", "m from 7168 to 131072, t from 1 to 16"),
            ("m=1024,t=16", "m=19456,t=2,p=1"),
            ("m=4194304,t=2", "m from 7168 to 131072"),
        ] {
            assert!(hash_cost(text).unwrap_err().contains(reason), "{text}");
        }
    }
}

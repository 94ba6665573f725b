//! The engine that computes argon2: its verification at the start.

use std::panic::{self, AssertUnwindSafe};

use countersign_argon2::Engine;
use tracing::error;

/// An engine whose hashes of known inputs are those of RustCrypto's argon2; or else RustCrypto's argon2 itself.
///
/// No hash is computed by another engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedEngine {
    engine: Engine,
    rejected: Option<Engine>,
}

impl VerifiedEngine {
    /// Compares `chosen` with RustCrypto's argon2, in some three milliseconds. Logs an error and falls back to
    /// RustCrypto's argon2 if a hash differs.
    #[must_use]
    pub fn verify(chosen: Engine) -> Self {
        let accepted = Self { engine: chosen, rejected: None };
        if chosen == Engine::RUST_CRYPTO {
            return accepted;
        }
        let reason = match panic::catch_unwind(AssertUnwindSafe(|| chosen.self_test())) {
            Ok(Ok(())) => return accepted,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked".to_owned(),
        };
        let engine = Engine::RUST_CRYPTO;
        error!(
            %reason,
            "the argon2 engine {chosen} failed its self-test and is not used; passwords are hashed by {engine}"
        );
        Self { engine, rejected: Some(chosen) }
    }

    /// The engine that computes hashes.
    #[must_use]
    pub fn engine(self) -> Engine {
        self.engine
    }

    /// The engine that was chosen and failed; an alert is due then.
    #[must_use]
    pub fn rejected(self) -> Option<Engine> {
        self.rejected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correct_engines_are_used() {
        for engine in Engine::available() {
            let verified = VerifiedEngine::verify(engine);
            assert_eq!((verified.engine(), verified.rejected()), (engine, None));
        }
    }

    #[test]
    fn engine_with_a_wrong_bit_is_replaced() {
        let verified = VerifiedEngine::verify(Engine::FAULTY);
        assert_eq!(verified.engine(), Engine::RUST_CRYPTO);
        assert_eq!(verified.rejected(), Some(Engine::FAULTY));
    }
}

//! The hasher of one thread.

use super::argon2::Memory;
use super::cost::Cost;
use super::engine::VerifiedEngine;
use super::hash::PasswordHash;
use super::password::Password;
use super::scheme::Scheme;

/// Computes password hashes one at a time, in memory that it reuses.
pub(super) struct Hasher {
    cost: Cost,
    memory: Memory,
}

impl Hasher {
    /// A hasher with these cost parameters for new hashes.
    pub(super) fn new(cost: Cost, engine: VerifiedEngine) -> Self {
        Self { cost, memory: Memory::new(engine) }
    }

    pub(super) fn hash(&mut self, password: &Password) -> Option<PasswordHash> {
        let hash = self.memory.hash(password.expose().as_bytes(), self.cost)?;
        Some(PasswordHash::from(hash))
    }

    /// Whether `password` matches `hash`, normalized or as it was typed.
    ///
    /// Both are tried with every hash: a hash does not tell whether its password was normalized, and
    /// the duration should not tell either.
    pub(super) fn verify(&mut self, password: &Password, hash: &PasswordHash) -> bool {
        let verified =
            password.spellings().any(|spelling| self.matches(spelling.as_bytes(), hash.scheme()));
        // An imported hash may have required several times the memory of a new one.
        self.memory.shrink_to(self.cost);
        verified
    }

    fn matches(&mut self, password: &[u8], scheme: &Scheme) -> bool {
        match scheme {
            Scheme::Argon2(hash) => hash.verify(password, &mut self.memory),
            Scheme::Bcrypt(hash) => hash.verify(password),
            Scheme::Scrypt(hash) => hash.verify(password),
            Scheme::Pbkdf2(hash) => hash.verify(password),
            Scheme::Firebase(hash) => hash.verify(password),
            // As long as for an unknown address.
            Scheme::NoPassword => {
                if let Scheme::Argon2(dummy) = PasswordHash::dummy(self.cost).scheme() {
                    dummy.verify(password, &mut self.memory);
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_argon2::Engine;

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    fn with_memory(memory_kib: u32) -> Hasher {
        let engine = VerifiedEngine::verify(Engine::best());
        Hasher::new(Cost::new(memory_kib, 1, 1).unwrap(), engine)
    }

    fn cheap() -> Hasher {
        with_memory(64)
    }

    #[test]
    fn hash_matches_its_own_password_only() {
        let mut hasher = cheap();
        let hash = hasher.hash(&password("correct horse")).unwrap();
        assert!(hasher.verify(&password("correct horse"), &hash));
        assert!(!hasher.verify(&password("correct horsf"), &hash));
        assert!(!hasher.verify(&password("correct horse"), &PasswordHash::dummy(hasher.cost)));
        assert!(!hash.needs_rehash(hasher.cost, &password("correct horse")));
    }

    #[test]
    fn equal_passwords_have_different_hashes() {
        let mut hasher = cheap();
        let mut hash = || hasher.hash(&password("same")).unwrap().to_string();
        assert_ne!(hash(), hash());
    }

    #[test]
    fn default_cost_is_owasps() {
        let hash = PasswordHash::dummy(Cost::default()).to_string();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[test]
    fn unicode_spellings_of_a_password_match_one_hash() {
        let mut hasher = cheap();
        let hash = hasher.hash(&password("pa\u{308}sswo\u{308}rd")).unwrap();
        assert!(hasher.verify(&password("p\u{e4}ssw\u{f6}rd"), &hash));
        assert!(hasher.verify(&password("p\u{e4}sswo\u{308}rd"), &hash));
        assert!(hasher.verify(&password("\u{ff50}\u{e4}ssw\u{f6}rd"), &hash));
    }

    #[test]
    fn every_algorithm_is_verified_normalized_and_as_typed() {
        let mut hasher = cheap();
        for text in HASHES_OF_THE_DECOMPOSED {
            let hash = PasswordHash::parse(text).unwrap();
            assert!(hasher.verify(&password("pa\u{308}sswo\u{308}rd"), &hash), "{text}");
            assert!(!hasher.verify(&password("p\u{e4}ssw\u{f6}rd"), &hash), "{text}");
        }
        for text in HASHES_OF_THE_COMPOSED {
            let hash = PasswordHash::parse(text).unwrap();
            assert!(hasher.verify(&password("pa\u{308}sswo\u{308}rd"), &hash), "{text}");
            assert!(hasher.verify(&password("p\u{e4}ssw\u{f6}rd"), &hash), "{text}");
            assert!(!hasher.verify(&password("passwort"), &hash), "{text}");
        }
    }

    #[test]
    fn memory_of_a_large_hash_is_released() {
        let mut hasher = cheap();
        let larger = with_memory(1024).hash(&password("x")).unwrap();
        assert!(hasher.verify(&password("x"), &larger));
        assert!(hasher.memory.kib() <= 64);
    }

    #[test]
    fn no_password_matches_an_account_without_one() {
        let mut hasher = cheap();
        for text in ["x", "$no-password$", "!"] {
            assert!(!hasher.verify(&password(text), &PasswordHash::none()));
        }
        // It used the memory of a new hash.
        assert_eq!(hasher.memory.kib(), 64);
    }

    /// Hashes of the decomposed spelling, by libraries that do not normalize.
    const HASHES_OF_THE_DECOMPOSED: [&str; 3] = [
        // Django 5.2.19.
        "pbkdf2_sha256$1000$COE6yQLIWKtx27t6PoLzRP$LNiXlOG7mzPSSX8X5WsizeqC0NB/i4rl+SCANNRjIAI=",
        // bcrypt 4.0.1 from PyPI.
        "$2b$04$IwKPj4n.uTspeh2UtywDeujgPvdWhtlFSv3QaH75Vjxk5FKyzBQ76",
        // argon2-cffi 25.1.
        "$argon2id$v=19$m=64,t=1,p=1$6lF1KB3gJ2Hr3vaoGwcs1A\
         $g0JAfgCiVS6crsX/USDehljTcCPRpgzI5rLVMKw5jfk",
    ];

    /// Hashes of the composed spelling.
    const HASHES_OF_THE_COMPOSED: [&str; 4] = [
        // passlib 1.7.4.
        "$pbkdf2$1500$d.59b00JwXhvTUmJEUKIUQ$YQU.B0eoZrWNPwLobilz9NlSEHg",
        "$2y$05$8V6E5BvVqcf2I2bvu9KkpuqcUhS8X194NLRu2AgHMuTlNskQ0t1G6",
        "$scrypt$ln=8,r=4,p=3$onTOmTMmhHCuNaYU4rx3Tql1zrmX8t4b4zznvJdSytk\
         $6Qt+8mn1+425lWpDhqvSj4QNvP44yN8ArvArBUNn78Y",
        "$argon2d$v=19$m=256,t=2,p=2$nPMe47z3HsMYQwghxPifkw\
         $HNI6B1jlxtYa1lJkC2PyLJa6COtP6rCLAJDq3RA+wm8",
    ];
}

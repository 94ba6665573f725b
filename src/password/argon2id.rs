//! Argon2id (RFC 9106), as one thread computes it.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Version};

use super::cost::Cost;
use super::hash::PasswordHash;
use super::password::Password;

/// Computes hashes, one at a time, in memory that it keeps.
///
/// Allocating 19 MiB anew for each hash would cost a tenth of the time, and the allocator would
/// pile the freed blocks up.
#[derive(Default)]
pub(super) struct Hasher {
    memory: Vec<Block>,
}

impl Hasher {
    pub(super) fn hash(&mut self, password: &Password, cost: Cost) -> Option<PasswordHash> {
        let salt = random_salt()?;
        let tag = self.compute(password, cost, Version::V0x13, &salt, Cost::TAG_LENGTH)?;
        Some(PasswordHash(cost.phc(Some(salt), Some(tag))))
    }

    pub(super) fn verify(
        &mut self,
        password: &Password,
        PasswordHash(hash): &PasswordHash,
    ) -> bool {
        // A hash that names no version is from before versions were named.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from);
        let (Ok(cost), Ok(version)) = (Cost::of(hash), version) else {
            return false;
        };
        let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
            return false;
        };
        let computed = self.compute(password, cost, version, salt, expected.len());
        // `Output` compares in constant time.
        computed.is_some_and(|computed| computed == *expected)
    }

    fn compute(
        &mut self,
        password: &Password,
        cost: Cost,
        version: Version,
        salt: &[u8],
        length: usize,
    ) -> Option<phc::Output> {
        let params = cost.params(length)?;
        if self.memory.len() < params.block_count() {
            self.memory.resize(params.block_count(), Block::new());
        }
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
        let mut tag = [0; phc::Output::MAX_LENGTH];
        let tag = tag.get_mut(..length)?;
        argon2
            .hash_password_into_with_memory(password.expose(), salt, tag, &mut self.memory)
            .ok()?;
        phc::Output::new(tag).ok()
    }
}

/// 16 random bytes, RFC 9106 section 3.1; nothing where the system has no randomness.
pub(super) fn random_salt() -> Option<phc::Salt> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    phc::Salt::new(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    #[test]
    fn a_hash_verifies_its_own_password_alone() {
        let mut hasher = Hasher::default();
        let cost = Cost::new(64, 1, 1).unwrap();
        let hash = hasher.hash(&password("correct horse"), cost).unwrap();
        assert!(hasher.verify(&password("correct horse"), &hash));
        assert!(!hasher.verify(&password("correct horsf"), &hash));
        assert!(!hasher.verify(&password("correct horse"), &PasswordHash::decoy(cost)));
    }

    #[test]
    fn equal_passwords_have_different_hashes() {
        let mut hasher = Hasher::default();
        let cost = Cost::new(64, 1, 1).unwrap();
        let hash = |hasher: &mut Hasher| hasher.hash(&password("same"), cost).unwrap().to_string();
        assert_ne!(hash(&mut hasher), hash(&mut hasher));
    }

    #[test]
    fn the_default_is_owasps() {
        let hash = PasswordHash::decoy(Cost::default()).to_string();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    /// The hashes were made by the reference implementation, through argon2-cffi 25.1.
    #[test]
    fn hashes_of_the_reference_implementation_verify_whatever_memory_was_used_before() {
        let mut hasher = Hasher::default();
        for (text, secret) in REFERENCE_HASHES {
            let hash = PasswordHash::parse(text).unwrap();
            assert!(hasher.verify(&password(secret), &hash), "{text}");
            assert!(!hasher.verify(&password("other"), &hash), "{text}");
        }
    }

    const REFERENCE_HASHES: [(&str, &str); 3] = [
        (
            "$argon2id$v=19$m=1024,t=1,p=1$bhN2mjQGO+lCvSpa1yYRYA\
             $ftoEkuLhS2+YR2GOA7+hIIyOcnH2PwrIyJLL/KO74Ss",
            "password",
        ),
        ("$argon2id$v=19$m=256,t=3,p=2$xnhp7UQpDK8UMo8IUSddxw$cTlm2ovYfCdWNluPHnJiAw", "pässwörd"),
        (
            "$argon2id$v=19$m=64,t=1,p=4$rqQMIaZBW6RFczAqKp/xCg\
             $VLNiJgW6k+t8549xBRGWdOL/URnyf+sYJV3i11DmbcoG9Mt3EaikJn4kMH4CbRVuwePqcxCsstkungLqY0EE0Q",
            "x",
        ),
    ];
}

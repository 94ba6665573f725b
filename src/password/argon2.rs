//! Argon2 (RFC 9106): argon2id, the algorithm of new hashes, and its variants argon2i and argon2d.
//!
//! The format is a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$…$…`, which Django prefixes with
//! `argon2`.

use argon2::password_hash::phc;
use countersign_argon2::{Algorithm, Hasher, Input, Version};
use tracing::error;

use super::cost::Cost;
use super::engine::VerifiedEngine;
use super::error::HashError;

/// The name of the algorithm in errors about a text without a variant.
const FAMILY: &str = "argon2";

/// An argon2 hash of one of the three variants, version 16 or 19.
pub(super) struct Argon2Hash {
    variant: Algorithm,
    version: Version,
    cost: Cost,
    salt: phc::Salt,
    tag: phc::Output,
}

impl Argon2Hash {
    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        let text = text.strip_prefix("argon2").unwrap_or(text);
        let hash = phc::PasswordHash::new(text).map_err(|_| HashError::Malformed(FAMILY))?;
        let variant = Algorithm::new(hash.algorithm).map_err(|_| HashError::Malformed(FAMILY))?;
        let malformed = HashError::Malformed(variant.as_str());
        // A hash without a version is version 16.
        let version = hash.version.map_or(Ok(Version::V0x10), Version::try_from);
        let version = version.map_err(|_| malformed)?;
        let number = |name| hash.params.get_decimal(name).ok_or(malformed);
        let (memory, passes, lanes) = (number("m")?, number("t")?, number("p")?);
        // Other parameters (`data`, `keyid`) are not supported.
        if hash.params.iter().count() != 3 {
            return Err(malformed);
        }
        let cost = Cost::new(memory, passes, lanes)
            .map_err(|_| HashError::argon2_cost(variant.as_str()))?;
        let (Some(salt), Some(tag)) = (hash.salt, hash.hash) else {
            return Err(malformed);
        };
        Ok(Self { variant, version, cost, salt, tag })
    }

    /// A hash in the current variant and version.
    pub(super) fn new(cost: Cost, salt: phc::Salt, tag: phc::Output) -> Self {
        Self { variant: Algorithm::Argon2id, version: Version::V0x13, cost, salt, tag }
    }

    /// The name of the variant.
    pub(super) fn algorithm(&self) -> &'static str {
        self.variant.as_str()
    }

    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether the hash has the variant, version and cost parameters of a new one.
    pub(super) fn is_current(&self, cost: Cost) -> bool {
        self.variant == Algorithm::Argon2id && self.version == Version::V0x13 && self.cost == cost
    }

    /// The PHC string.
    pub(super) fn to_text(&self) -> String {
        phc::PasswordHash {
            algorithm: self.variant.ident(),
            version: Some(self.version.into()),
            params: self.cost.phc(),
            salt: Some(self.salt),
            hash: Some(self.tag),
        }
        .to_string()
    }

    pub(super) fn verify(&self, password: &[u8], memory: &mut Memory) -> bool {
        let Self { variant, version, cost, salt, tag } = self;
        let computed = memory.compute(*variant, *version, *cost, password, salt, tag.len());
        // `Output` compares in constant time.
        computed.is_some_and(|computed| computed == *tag)
    }
}

/// The memory of argon2, reused for each hash, and the engine that works in it.
///
/// Allocating 19 MiB for each hash would take a tenth of its time, and the allocator would accumulate
/// freed blocks.
pub(super) struct Memory(Hasher);

impl Memory {
    pub(super) fn new(engine: VerifiedEngine) -> Self {
        Self(Hasher::new(engine.engine()))
    }

    /// The size of the memory, in KiB.
    pub(super) fn kib(&self) -> usize {
        self.0.memory_kib()
    }

    /// Computes a new hash of this cost.
    pub(super) fn hash(&mut self, password: &[u8], cost: Cost) -> Option<Argon2Hash> {
        let salt = random_salt()?;
        let (variant, version) = (Algorithm::Argon2id, Version::V0x13);
        let tag = self.compute(variant, version, cost, password, &salt, Cost::TAG_LENGTH)?;
        Some(Argon2Hash::new(cost, salt, tag))
    }

    /// Releases the memory if it exceeds that of a hash of this cost.
    pub(super) fn shrink_to(&mut self, cost: Cost) {
        let blocks = cost.params(Cost::TAG_LENGTH).map_or(0, |params| params.block_count());
        if self.kib() > blocks {
            self.0.release();
        }
    }

    fn compute(
        &mut self,
        algorithm: Algorithm,
        version: Version,
        cost: Cost,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Option<phc::Output> {
        let params = &cost.params(length)?;
        let input = Input { algorithm, version, params, password, salt, secret: &[] };
        let mut tag = [0; phc::Output::MAX_LENGTH];
        let tag = tag.get_mut(..length)?;
        if let Err(error) = self.0.hash_into(&input, tag) {
            error!(%error, "cannot hash a password");
            return None;
        }
        phc::Output::new(tag).ok()
    }
}

/// A random salt of 16 bytes (RFC 9106 section 3.1); `None` if the system provides no random bytes.
fn random_salt() -> Option<phc::Salt> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    phc::Salt::new(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use countersign_argon2::Engine;

    use super::*;

    const TAIL: &str = "c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";

    /// One memory for each engine.
    fn memories() -> impl Iterator<Item = Memory> {
        Engine::available().map(|engine| Memory::new(VerifiedEngine::verify(engine)))
    }

    #[test]
    fn reference_hashes_verify_in_reused_memory() {
        for mut memory in memories() {
            for (text, secret) in REFERENCE_HASHES {
                let hash = Argon2Hash::parse(text).unwrap();
                assert!(hash.verify(secret.as_bytes(), &mut memory), "{text}");
                assert!(!hash.verify(b"other", &mut memory), "{text}");
            }
        }
    }

    #[test]
    fn hash_of_one_engine_is_verified_by_the_others() {
        let cost = Cost::new(300, 2, 2).unwrap();
        for mut one in memories() {
            let hash = one.hash(b"correct horse", cost).unwrap();
            for mut other in memories() {
                assert!(hash.verify(b"correct horse", &mut other));
                assert!(!hash.verify(b"correct horsf", &mut other));
            }
        }
    }

    #[test]
    fn memory_beyond_the_usual_cost_is_released() {
        for mut memory in memories() {
            let usual = Cost::new(64, 1, 1).unwrap();
            memory.hash(b"x", Cost::new(256, 1, 1).unwrap()).unwrap();
            memory.shrink_to(usual);
            assert_eq!(memory.kib(), 0);
            memory.hash(b"x", usual).unwrap();
            memory.shrink_to(usual);
            assert_eq!(memory.kib(), 64);
        }
    }

    #[test]
    fn excessive_cost_is_rejected() {
        for cost in ["m=4194304,t=2,p=1", "m=19456,t=1000000,p=1", "m=19456,t=2,p=255"] {
            for variant in ["argon2d", "argon2i", "argon2id"] {
                let error = Argon2Hash::parse(&format!("${variant}$v=19${cost}${TAIL}")).err();
                assert_eq!(error, Some(HashError::argon2_cost(variant)), "{cost}");
            }
        }
    }

    #[test]
    fn malformed_hash_is_rejected() {
        for (text, name) in [
            ("argon2$", FAMILY),
            ("$argon2id$", FAMILY),
            ("$argon2$v=19$m=8,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA", FAMILY),
            ("argon2$argon2id", "argon2id"),
            ("argon2argon2$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA", FAMILY),
            ("$argon2id$v=18$m=8,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA", "argon2id"),
            ("$argon2id$v=19$m=8,t=1,p=1", "argon2id"),
            ("$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ", "argon2i"),
            ("$argon2d$v=19$m=8,t=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA", "argon2d"),
            ("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlA==", FAMILY),
        ] {
            assert_eq!(Argon2Hash::parse(text).err(), Some(HashError::Malformed(name)), "{text}");
        }
    }

    #[test]
    fn associated_data_and_key_identifiers_are_rejected() {
        for extra in ["keyid=Hj5+dsK0", "data=Hj5+dsK0", "l=32"] {
            let text = format!("$argon2id$v=19$m=64,t=1,p=1,{extra}${TAIL}");
            let error = Argon2Hash::parse(&text).err();
            assert_eq!(error, Some(HashError::Malformed("argon2id")), "{extra}");
        }
    }

    const REFERENCE_HASHES: [(&str, &str); 13] = [
        // argon2-cffi 25.1.
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
        (
            "$argon2d$v=16$m=128,t=2,p=1$f+TWBecG8pG9Zc8kr32iRA$LYorWOHPakDB/kChm6TrupHkIkWdaeT0",
            "pässwörd",
        ),
        (
            "$argon2d$v=19$m=128,t=2,p=1$1bFe8vU9WVCcButdxRFnRw$dNTq5d5M1PewZc02Oy89kyuTdY8eJKb+",
            "pässwörd",
        ),
        (
            "$argon2i$v=16$m=128,t=2,p=1$lmko278dCM9AzRfQqaI5MA\
             $OPWRlscVKPfJYB68PYdpb4Okmu7ti+uoTK/juIc2RQk",
            "pässwörd",
        ),
        (
            "$argon2i$v=19$m=128,t=2,p=1$jJfuFNjMhgomILysvgPRug\
             $7Odmyj8Z8yVZ7We7+YkdBLfb8g6JskVJxrbtV/ZD0pg",
            "pässwörd",
        ),
        (
            "$argon2id$v=16$m=128,t=2,p=1$HVThXFUfRIIqMDd+4N96/g\
             $PKMKu6syrCsSV3TwHTIgfyXWYmHM1QJTSvjiHKbNzH0",
            "pässwörd",
        ),
        (
            "$argon2id$m=128,t=2,p=1$HVThXFUfRIIqMDd+4N96/g\
             $PKMKu6syrCsSV3TwHTIgfyXWYmHM1QJTSvjiHKbNzH0",
            "pässwörd",
        ),
        (
            "$argon2id$v=19$m=65536,t=3,p=4$PTk+AiPSpPahKirnKSuDiA\
             $5HlzHdStVkCzSxpStRV3RDCTqnK4A/XyWPA9qUsNi+Q",
            "password",
        ),
        // passlib 1.7.4.
        (
            "$argon2i$v=19$m=256,t=2,p=1$4/y/d07pPYdwTqm1FuKcMw\
             $8mEMmydZlImLonurUL9PRGFVsVdd2mu5N6FWg6pOLzA",
            "pässwörd",
        ),
        (
            "$argon2d$v=19$m=256,t=2,p=2$nPMe47z3HsMYQwghxPifkw\
             $HNI6B1jlxtYa1lJkC2PyLJa6COtP6rCLAJDq3RA+wm8",
            "pässwörd",
        ),
        // Django 5.2.19.
        (
            "argon2$argon2id$v=19$m=1024,t=2,p=2$bkJzSlhONUloWWJGdFVvVmVIV2tVSg\
             $nqfbdUFrRgN4aMnxNKvCNQDQNQMqZS23CdXuuyV8jFM",
            "pässwörd",
        ),
    ];
}

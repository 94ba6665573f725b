//! Every engine computes the tags of RustCrypto's argon2, in memory with the contents of other hashes.
//!
//! `PROPTEST_CASES` is the number of cases, 256 if it is not set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::cell::RefCell;

use countersign_argon2::argon2::{Argon2, AssociatedData, ParamsBuilder};
use countersign_argon2::{Algorithm, Engine, Error, Hasher, Input, Params, Version};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Case {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    password: Vec<u8>,
    salt: Vec<u8>,
    secret: Vec<u8>,
    tag_length: usize,
}

impl Case {
    fn input(&self) -> Input<'_> {
        let Self { algorithm, version, ref params, ref password, ref salt, ref secret, .. } = *self;
        Input { algorithm, version, params, password, salt, secret }
    }

    /// The tag by the crate of record alone, in memory of its own.
    fn expected(&self) -> Vec<u8> {
        let Self { algorithm, version, params, .. } = self;
        let argon2 = Argon2::new_with_secret(&self.secret, *algorithm, *version, params.clone());
        let mut tag = vec![0; self.tag_length];
        argon2.unwrap().hash_password_into(&self.password, &self.salt, &mut tag).unwrap();
        tag
    }
}

fn params() -> impl Strategy<Value = Params> {
    let lanes = prop_oneof![3 => Just(1_u32), 3 => 2..=5_u32, 1 => 6..=16_u32];
    let most = prop_oneof![9 => Just(64_u32), 9 => Just(600), 6 => Just(3000), 1 => Just(20 << 10)];
    let costs = (lanes, most).prop_flat_map(|(lanes, most)| {
        let least = 8 * lanes;
        (least..=most.max(least), 1..=5_u32, Just(lanes))
    });
    (costs, vec(any::<u8>(), 0..=32)).prop_map(|((memory, passes, lanes), data)| {
        let mut builder = ParamsBuilder::new();
        builder.m_cost(memory).t_cost(passes).p_cost(lanes);
        builder.data(AssociatedData::new(&data).unwrap()).build().unwrap()
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let algorithm =
        prop_oneof![Just(Algorithm::Argon2d), Just(Algorithm::Argon2i), Just(Algorithm::Argon2id)];
    let version = prop_oneof![Just(Version::V0x10), Just(Version::V0x13)];
    let bytes = |lengths: std::ops::Range<usize>| vec(any::<u8>(), lengths);
    let tag_length = prop_oneof![4 => 4..100_usize, 1 => 100..1100_usize];
    let fields = (bytes(0..300), bytes(8..140), bytes(0..70), tag_length);
    (algorithm, version, params(), fields).prop_map(|(algorithm, version, params, fields)| {
        let (password, salt, secret, tag_length) = fields;
        Case { algorithm, version, params, password, salt, secret, tag_length }
    })
}

thread_local! {
    /// Their memory is never cleared, and released by some cases.
    static HASHERS: RefCell<Vec<Hasher>> = RefCell::new(Engine::available().map(Hasher::new).collect());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tags_are_those_of_rust_crypto(case in cases(), is_released in prop::bool::weighted(0.1)) {
        let expected = case.expected();
        HASHERS.with_borrow_mut(|hashers| {
            for hasher in hashers {
                if is_released {
                    hasher.release();
                }
                let mut tag = vec![0; case.tag_length];
                hasher.hash_into(&case.input(), &mut tag).unwrap();
                prop_assert_eq!(&tag, &expected, "{}", hasher.engine());
                prop_assert!(hasher.memory_kib() >= case.params.block_count());
            }
            Ok(())
        })?;
    }
}

/// The inputs that RustCrypto's argon2 rejects, with its errors.
#[test]
fn invalid_lengths_are_rejected() {
    let (fixed, free) =
        (Params::new(8, 1, 1, Some(32)).unwrap(), Params::new(8, 1, 1, None).unwrap());
    for (params, salt, length, error) in [
        (&free, &[0; 8][..], 3, Error::OutputTooShort),
        (&fixed, &[0; 8], 31, Error::OutputTooShort),
        (&fixed, &[0; 8], 33, Error::OutputTooLong),
        (&free, &[0; 7], 32, Error::SaltTooShort),
        (&free, &[], 32, Error::SaltTooShort),
    ] {
        let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
        let rejected = Argon2::new(algorithm, version, params.clone());
        let mut tag = vec![7; length];
        assert_eq!(rejected.hash_password_into(b"", salt, &mut tag), Err(error));
        let input = Input { algorithm, version, params, password: b"", salt, secret: b"" };
        for engine in Engine::available() {
            assert_eq!(Hasher::new(engine).hash_into(&input, &mut tag), Err(error), "{engine}");
        }
        assert_eq!(tag, vec![7; length]);
    }
}

/// Four TiB, which no machine has.
#[test]
fn memory_that_the_system_refuses_is_an_error() {
    let params = Params::new(u32::MAX, 1, 1, None).unwrap();
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let (password, salt, secret) = (b"", &[0; 8], b"");
    let input = Input { algorithm, version, params: &params, password, salt, secret };
    for engine in Engine::available() {
        let mut hasher = Hasher::new(engine);
        let overcommits = std::fs::read_to_string("/proc/sys/vm/overcommit_memory");
        if overcommits.is_ok_and(|mode| mode.trim() == "0") {
            assert_eq!(hasher.hash_into(&input, &mut [0; 32]), Err(Error::OutOfMemory), "{engine}");
            assert_eq!(hasher.memory_kib(), 0);
        }
    }
}

#[test]
fn memory_is_that_of_the_largest_hash_until_it_is_released() {
    for engine in Engine::available() {
        let mut hasher = Hasher::new(engine);
        for (memory, expected) in [(64, 64), (32, 64), (103, 100), (100, 100)] {
            let params = Params::new(memory, 1, 1, None).unwrap();
            let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
            let (password, salt, secret) = (b"", &[0; 8], b"");
            let input = Input { algorithm, version, params: &params, password, salt, secret };
            hasher.hash_into(&input, &mut [0; 32]).unwrap();
            assert_eq!(hasher.memory_kib(), expected, "{engine}");
        }
        hasher.release();
        assert_eq!(hasher.memory_kib(), 0);
    }
}

#[test]
fn available_engines_pass_the_self_test() {
    for engine in Engine::available() {
        assert_eq!(engine.self_test(), Ok(()));
    }
}

#[cfg(feature = "faulty-engine")]
#[test]
fn engine_with_one_wrong_bit_fails_the_self_test() {
    let error = Engine::FAULTY.self_test().unwrap_err().to_string();
    assert!(error.starts_with("engine faulty computes another tag than RustCrypto's"), "{error}");
}

#[test]
fn debug_shows_no_password_salt_or_secret() {
    let params = Params::new(64, 2, 1, None).unwrap();
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let (password, salt, secret) = (b"hunter2!", b"saltsalt", b"pepper!!");
    let input = Input { algorithm, version, params: &params, password, salt, secret };
    assert_eq!(format!("{input:?}"), "Input(argon2id, V0x13, m=64, t=2, p=1, ..)");
}

//! Every engine against the test vectors of RFC 9106, and against hashes of the C reference implementation and of
//! libsodium.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use countersign_argon2::argon2::{AssociatedData, ParamsBuilder};
use countersign_argon2::{Algorithm, Engine, Hasher, Input, Params, Version};

fn hex(text: &str) -> Vec<u8> {
    let digits = if text == "-" { "" } else { text };
    let digits: Vec<char> = digits.chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn params(m: u32, t: u32, p: u32, data: &[u8]) -> Params {
    let mut builder = ParamsBuilder::new();
    builder.m_cost(m).t_cost(t).p_cost(p).data(AssociatedData::new(data).unwrap());
    builder.build().unwrap()
}

fn assert_tag(input: Input<'_>, expected: &[u8]) {
    for engine in Engine::available() {
        let mut tag = vec![0; expected.len()];
        Hasher::new(engine).hash_into(&input, &mut tag).unwrap();
        assert_eq!(tag, expected, "{engine} {input:?}");
    }
}

/// RFC 9106 section 5.
#[test]
fn vectors_of_the_rfc_are_met() {
    for (algorithm, tag) in [
        (Algorithm::Argon2d, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
        (Algorithm::Argon2i, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
        (Algorithm::Argon2id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
    ] {
        let params = params(32, 3, 4, &[4; 12]);
        let (password, salt, secret) = (&[1; 32], &[2; 16], &[3; 8]);
        let version = Version::V0x13;
        let input = Input { algorithm, version, params: &params, password, salt, secret };
        assert_tag(input, &hex(tag));
    }
}

/// `reference_hashes.py` computed them, with argon2-cffi 25.1 and `PyNaCl` 1.6.
#[test]
fn hashes_of_other_implementations_are_met() {
    let lines = include_str!("reference_hashes.txt").lines();
    for line in lines.clone() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [_, name, version, m, t, p, password, salt, secret, data, tag] = fields[..] else {
            panic!("{line}");
        };
        let [version, m, t, p] = [version, m, t, p].map(|number| number.parse().unwrap());
        let [password, salt, secret, data, tag] = [password, salt, secret, data, tag].map(hex);
        let input = Input {
            algorithm: Algorithm::new(name).unwrap(),
            version: Version::try_from(version).unwrap(),
            params: &params(m, t, p, &data),
            password: &password,
            salt: &salt,
            secret: &secret,
        };
        assert_tag(input, &tag);
    }
    assert_eq!(lines.count(), 57);
}

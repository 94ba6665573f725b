//! The engines, and the choice among them.

use std::fmt;
use std::str::FromStr;

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx2, Avx512, Level};

/// The code that computes a hash. All engines compute the same tags.
///
/// An engine of this type can run on this CPU: there is no other way to get one than [`Engine::best`],
/// [`Engine::available`] and [`FromStr`], which detect the CPU's features, and the constants, which need none.
#[derive(Clone, Copy, Debug)]
pub struct Engine {
    name: &'static str,
    pub(crate) code: Code,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Code {
    RustCrypto,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Engine {
    /// RustCrypto's crate `argon2`, which runs on every CPU.
    pub const RUST_CRYPTO: Self = Self { name: "rustcrypto", code: Code::RustCrypto };

    /// An engine whose tags have one wrong bit, for tests of a start-up check. Neither [`Engine::best`] nor
    /// [`Engine::available`] returns it.
    #[cfg(feature = "faulty-engine")]
    pub const FAULTY: Self = Self { name: "faulty", code: Code::RustCrypto };

    /// The fastest engine that this CPU can run.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::RUST_CRYPTO)
    }

    /// The engines that this CPU can run, the fastest first.
    ///
    /// `avx512` needs the features of Ice Lake or Zen 4: on earlier CPUs with AVX-512, its use lowers the clock
    /// of the core.
    pub fn available() -> impl Iterator<Item = Self> {
        let engines = [Self::RUST_CRYPTO].into_iter();
        #[cfg(target_arch = "x86_64")]
        let engines = {
            let (avx512, avx2) = (Level::new().as_avx512(), Level::new().as_avx2());
            let avx512 = avx512.map(|token| Self { name: "avx512", code: Code::Avx512(token) });
            let avx2 = avx2.map(|token| Self { name: "avx2", code: Code::Avx2(token) });
            avx512.into_iter().chain(avx2).chain(engines)
        };
        engines
    }

    /// The name, such as `avx2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Engine {}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The error of a text that is not the name of an engine that this CPU can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of {}, the engines of this CPU",
    Engine::available().map(Engine::name).collect::<Vec<_>>().join(", ")
)]
pub struct ParseEngineError;

/// Parses the name of an engine that this CPU can run.
impl FromStr for Engine {
    type Err = ParseEngineError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let engines = Self::available();
        #[cfg(feature = "faulty-engine")]
        let engines = engines.chain([Self::FAULTY]);
        { engines }.find(|engine| engine.name == name).ok_or(ParseEngineError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_engine_is_parsed_from_its_name() {
        for engine in Engine::available() {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
    }

    #[test]
    fn every_cpu_runs_rustcrypto() {
        assert_eq!(Engine::available().last(), Some(Engine::RUST_CRYPTO));
        assert_eq!(Engine::available().next(), Some(Engine::best()));
    }

    #[test]
    fn names_of_other_engines_are_rejected() {
        for name in ["", "AVX2", "neon", "avx2 ", "avx512", "avx2"] {
            let is_available = Engine::available().any(|engine| engine.name() == name);
            assert_eq!(name.parse::<Engine>().is_ok(), is_available, "{name:?}");
        }
        let message = ParseEngineError.to_string();
        assert!(message.ends_with("rustcrypto, the engines of this CPU"), "{message}");
    }
}

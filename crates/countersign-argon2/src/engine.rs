//! The engines, and the choice among them.

use std::fmt;
use std::str::FromStr;

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx2, Avx512, Level};

/// The code that computes a hash. All engines compute the same tags.
///
/// An engine of this type can run on this CPU: there is no other way to get one than [`Engine::best`],
/// [`Engine::available`] and [`FromStr`], which detect the CPU's features, and the constants, which need none.
#[derive(Clone, Copy)]
pub struct Engine(pub(crate) Implementation);

#[derive(Clone, Copy)]
pub(crate) enum Implementation {
    RustCrypto,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(feature = "faulty-engine")]
    Faulty,
}

impl Engine {
    /// RustCrypto's crate `argon2`, which runs on every CPU.
    pub const RUST_CRYPTO: Self = Self(Implementation::RustCrypto);

    /// An engine whose tags have one wrong bit, for tests of a start-up check. Neither [`Engine::best`] nor
    /// [`Engine::available`] returns it.
    #[cfg(feature = "faulty-engine")]
    pub const FAULTY: Self = Self(Implementation::Faulty);

    /// The names of all engines, whether or not this CPU can run them.
    pub const NAMES: [&str; 3] = ["avx512", "avx2", "rustcrypto"];

    /// The fastest engine that this CPU can run.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::RUST_CRYPTO)
    }

    /// The engines that this CPU can run, the fastest first.
    ///
    /// `avx512` needs the features of Ice Lake or Zen 4: on earlier CPUs with AVX-512, its use lowers the clock
    /// of the core.
    #[cfg(target_arch = "x86_64")]
    pub fn available() -> impl Iterator<Item = Self> {
        let level = Level::new();
        let avx512 = level.as_avx512().map(|token| Self(Implementation::Avx512(token)));
        let avx2 = level.as_avx2().map(|token| Self(Implementation::Avx2(token)));
        avx512.into_iter().chain(avx2).chain([Self::RUST_CRYPTO])
    }

    /// The engines that this CPU can run, the fastest first.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn available() -> impl Iterator<Item = Self> {
        [Self::RUST_CRYPTO].into_iter()
    }

    /// The name, such as `avx2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Implementation::RustCrypto => "rustcrypto",
            #[cfg(target_arch = "x86_64")]
            Implementation::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Implementation::Avx512(_) => "avx512",
            #[cfg(feature = "faulty-engine")]
            Implementation::Faulty => "faulty",
        }
    }
}

/// The best engine.
impl Default for Engine {
    fn default() -> Self {
        Self::best()
    }
}

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Engine {}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({self})")
    }
}

/// The error of the name of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseEngineError {
    /// No engine has this name.
    #[error("is no engine; expected {}", Engine::NAMES.join(", "))]
    Unknown,
    /// This CPU cannot run the engine.
    #[error("is not supported by this CPU")]
    Unsupported,
}

/// Parses the name of an engine that this CPU can run.
impl FromStr for Engine {
    type Err = ParseEngineError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        #[cfg(feature = "faulty-engine")]
        if name == Self::FAULTY.name() {
            return Ok(Self::FAULTY);
        }
        let engine = Self::available().find(|engine| engine.name() == name);
        engine.ok_or(if Self::NAMES.contains(&name) {
            ParseEngineError::Unsupported
        } else {
            ParseEngineError::Unknown
        })
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
    fn other_names_are_rejected() {
        for name in ["", "AVX2", "neon", "avx2 "] {
            assert_eq!(name.parse::<Engine>(), Err(ParseEngineError::Unknown), "{name:?}");
        }
        for name in Engine::NAMES {
            let is_available = Engine::available().any(|engine| engine.name() == name);
            let parsed = name.parse::<Engine>().map(Engine::name);
            assert_eq!(
                parsed,
                if is_available { Ok(name) } else { Err(ParseEngineError::Unsupported) }
            );
        }
    }
}

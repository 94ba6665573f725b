//! What one hash costs.

use argon2::Params;
use argon2::password_hash::phc::ParamsString;

/// What one argon2 hash costs.
///
/// The default is what OWASP's password storage cheat sheet asks for: 19 MiB, two passes, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("names a cost out of bounds: {bounds}", bounds = Cost::BOUNDS)]
pub struct CostError;

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// The length of the hash proper, in bytes.
    pub(super) const TAG_LENGTH: usize = 32;

    /// What is accepted, in words.
    pub(super) const BOUNDS: &str = "memory at most 128 MiB, at most 16 passes, at most 8 lanes";

    /// A cost of `memory_kib` KiB (8 KiB a lane to 128 MiB), `passes` (1 to 16) over it, and
    /// `lanes` (1 to 8).
    ///
    /// # Errors
    ///
    /// [`CostError`], where one of them is out of bounds.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        let cost = Self { memory_kib, passes, lanes };
        let bounded = memory_kib <= 128 * 1024 && passes <= 16 && lanes <= 8;
        if bounded && cost.params(Self::TAG_LENGTH).is_some() { Ok(cost) } else { Err(CostError) }
    }

    /// The parameters of a PHC string.
    pub(super) fn phc(self) -> ParamsString {
        let params = self.params(Self::TAG_LENGTH);
        params.and_then(|params| ParamsString::try_from(&params).ok()).unwrap_or_default()
    }

    /// The parameters of a hash with `length` bytes.
    pub(super) fn params(self, length: usize) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(length)).ok()
    }
}

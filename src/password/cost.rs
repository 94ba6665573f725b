//! What one hash costs.

use std::fmt;

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

/// The least memory and passes that are strong enough: what OWASP's cheat sheet holds for equally
/// strong.
const STRONG: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

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
    const MOST_MEMORY: u32 = 128 * 1024;
    const MOST_PASSES: u32 = 16;
    const MOST_LANES: u32 = 8;

    /// The length of the hash proper, in bytes.
    pub(super) const TAG_LENGTH: usize = 32;

    /// What is accepted, in words.
    pub(crate) const BOUNDS: &str = "memory at most 128 MiB, at most 16 passes, at most 8 lanes";

    /// A cost of `memory_kib` KiB (8 KiB a lane to 128 MiB), `passes` (1 to 16) over it, and
    /// `lanes` (1 to 8).
    ///
    /// # Errors
    ///
    /// [`CostError`], where one of them is out of bounds.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        let cost = Self { memory_kib, passes, lanes };
        let bounded = memory_kib <= Self::MOST_MEMORY
            && passes <= Self::MOST_PASSES
            && lanes <= Self::MOST_LANES;
        if bounded && cost.params(Self::TAG_LENGTH).is_some() { Ok(cost) } else { Err(CostError) }
    }

    /// Reads what [`Display`](fmt::Display) writes: the parameters of a PHC string. One lane need
    /// not be said.
    ///
    /// # Errors
    ///
    /// [`CostError`], also where one of memory and passes is missing.
    pub fn parse(text: &str) -> Result<Self, CostError> {
        let params: ParamsString = text.parse().map_err(|_| CostError)?;
        let number = |name| params.get_decimal(name);
        let lanes = params.get_str("p").map_or(Some(1), |_| number("p"));
        // Those three, and each of them once.
        let named = 2 + usize::from(params.get_str("p").is_some());
        match (number("m"), number("t"), lanes) {
            (Some(memory), Some(passes), Some(lanes)) if params.iter().count() == named => {
                Self::new(memory, passes, lanes)
            }
            _ => Err(CostError),
        }
    }

    /// Whether OWASP's password storage cheat sheet would have passwords hashed so, or at lower cost.
    #[must_use]
    pub fn is_strong(self) -> bool {
        STRONG.iter().any(|(memory, passes)| self.memory_kib >= *memory && self.passes >= *passes)
    }

    /// The cheapest that are strong enough, those with more memory first.
    pub fn strong() -> impl Iterator<Item = Self> {
        STRONG.into_iter().map(|(memory_kib, passes)| Self { memory_kib, passes, lanes: 1 })
    }

    /// The memory of one hash, in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// How many KiB are written in all: that is what the time grows with.
    pub(super) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    /// About so many times the work: more memory, in whole steps of `step` KiB, and more passes only
    /// where memory is at its bound.
    pub(super) fn times(self, factor: f64, step: u32) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let work = self.work() as f64 * factor;
        let most = Self::MOST_MEMORY;
        let memory_kib = whole(work / f64::from(self.passes)).min(most) / step * step;
        if memory_kib < most {
            return Self { memory_kib: memory_kib.max(self.memory_kib), ..self };
        }
        Self { memory_kib, passes: whole(work / f64::from(most)).min(Self::MOST_PASSES), ..self }
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

/// `m=19456,t=2,p=1`, as a PHC string has it.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory_kib, self.passes, self.lanes)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what does not fit becomes the nearest that does"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_read_as_it_is_written() {
        for cost in Cost::strong().chain([Cost::new(64, 1, 4).unwrap()]) {
            assert_eq!(Cost::parse(&cost.to_string()), Ok(cost));
        }
        assert_eq!(Cost::parse("t=2,m=19456"), Ok(Cost::default()));
        for text in [
            "",
            "19456",
            "m=19456",
            "t=2",
            "m=19456,t=2,",
            "m=19456,t=2,x=1",
            "m=19456,t=2,t=3",
            "m=19456,t=2,p=x",
            "m=131073,t=1",
            "m=19456,t=17",
            "m=19456,t=0",
            "m=-1,t=2",
        ] {
            assert_eq!(Cost::parse(text), Err(CostError), "{text}");
        }
    }

    #[test]
    fn strong_is_what_owasp_asks_for() {
        for (memory, passes, is_strong) in [
            (19_456, 2, true),
            (19_455, 2, false),
            (19_456, 1, false),
            (47_104, 1, true),
            (47_103, 1, false),
            (7_168, 5, true),
            (7_167, 16, false),
            (7_168, 4, false),
            (131_072, 16, true),
        ] {
            let cost = Cost::new(memory, passes, 1).unwrap();
            assert_eq!(cost.is_strong(), is_strong, "{cost}");
        }
    }
}

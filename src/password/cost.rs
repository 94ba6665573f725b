//! Cost parameters of argon2.

use std::fmt;

use argon2::Params;
use argon2::password_hash::phc::ParamsString;

/// The cost parameters of an argon2 hash. Default: 19 MiB, two passes, one lane, as OWASP's password
/// storage cheat sheet recommends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// OWASP's minimum: pairs of memory in KiB and passes that its cheat sheet considers equivalent.
const STRONG: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

/// The error of cost parameters out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has cost parameters out of bounds: {bounds}", bounds = Cost::BOUNDS)]
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

    /// The length of a new hash without its salt, in bytes.
    pub(super) const TAG_LENGTH: usize = 32;

    /// The accepted bounds, for error messages.
    pub(crate) const BOUNDS: &str = "memory at most 128 MiB, at most 16 passes, at most 8 lanes";

    /// `memory_kib` KiB (8 KiB per lane to 128 MiB), `passes` (1 to 16) and `lanes` (1 to 8).
    ///
    /// # Errors
    ///
    /// [`CostError`] if a parameter is out of bounds.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostError> {
        let cost = Self { memory_kib, passes, lanes };
        let bounded = memory_kib <= Self::MOST_MEMORY
            && passes <= Self::MOST_PASSES
            && lanes <= Self::MOST_LANES;
        if bounded && cost.params(Self::TAG_LENGTH).is_some() { Ok(cost) } else { Err(CostError) }
    }

    /// Parses the parameters of a PHC string, as [`Display`](fmt::Display) writes them. Default for `p`: one
    /// lane.
    ///
    /// # Errors
    ///
    /// [`CostError`] if a parameter is out of bounds, malformed or missing.
    pub fn parse(text: &str) -> Result<Self, CostError> {
        let params: ParamsString = text.parse().map_err(|_| CostError)?;
        let number = |name| params.get_decimal(name);
        let lanes = params.get_str("p").map_or(Some(1), |_| number("p"));
        // No other parameters, and none twice.
        let named = 2 + usize::from(params.get_str("p").is_some());
        match (number("m"), number("t"), lanes) {
            (Some(memory), Some(passes), Some(lanes)) if params.iter().count() == named => {
                Self::new(memory, passes, lanes)
            }
            _ => Err(CostError),
        }
    }

    /// Whether the cost parameters meet OWASP's minimum.
    #[must_use]
    pub fn is_strong(self) -> bool {
        STRONG.iter().any(|(memory, passes)| self.memory_kib >= *memory && self.passes >= *passes)
    }

    /// OWASP's minimum cost parameters, those with more memory first.
    pub fn strong() -> impl Iterator<Item = Self> {
        STRONG.into_iter().map(|(memory_kib, passes)| Self { memory_kib, passes, lanes: 1 })
    }

    /// The memory of one hash, in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// The KiB written in all passes, to which the time is about proportional.
    pub(super) fn work(self) -> u64 {
        u64::from(self.memory_kib) * u64::from(self.passes)
    }

    /// Cost parameters of about `factor` times the work: memory is raised first, in steps of `step` KiB,
    /// and passes once memory is at its bound.
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

/// The parameters of a PHC string, `m=19456,t=2,p=1`.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={},t={},p={}", self.memory_kib, self.passes, self.lanes)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_parsed_as_it_is_written() {
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
    fn minimum_is_owasps() {
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

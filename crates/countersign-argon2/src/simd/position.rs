//! The reference block of a block (RFC 9106 section 3.4).
#![expect(
    clippy::inline_always,
    reason = "a function with target features inlines them, or loses half of its speed"
)]

/// The position of a block in the memory of a hash.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// The number of lanes.
    pub(super) lanes: usize,
    /// The number of blocks in a lane.
    pub(super) lane_length: usize,
    pub(super) pass: usize,
    /// The slice, 0 to 3.
    pub(super) slice: usize,
    pub(super) lane: usize,
    /// The index in the segment, at least 2 in the first segment of a lane.
    pub(super) index: usize,
}

impl Position {
    /// The index in memory of the reference block that a pseudo-random word selects.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "an index of a block fits in 32 bits")]
    pub(super) fn reference(self, word: u64) -> usize {
        let Self { lanes, lane_length, pass, slice, lane: own, index } = self;
        let segment = lane_length / 4;
        let lane = if lanes == 1 || (pass == 0 && slice == 0) {
            own
        } else {
            (word >> 32) as usize % lanes
        };
        // Where the area begins, and how many blocks of it are in complete segments.
        let (start, complete) = match (pass, slice) {
            (0, _) => (0, slice * segment),
            (_, 3) => (0, 3 * segment),
            _ => ((slice + 1) * segment, 3 * segment),
        };
        let area =
            if lane == own { complete + index - 1 } else { complete - usize::from(index == 0) };
        let area = area as u64;
        let low = word & 0xffff_ffff;
        let at = start + (area - 1 - ((area * ((low * low) >> 32)) >> 32)) as usize;
        lane * lane_length + if at >= lane_length { at - lane_length } else { at }
    }
}

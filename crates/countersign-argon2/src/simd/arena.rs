//! Memory for hashes.

use argon2::Error;
use memmap2::MmapMut;

use super::block::Block;

/// The size of a huge page of x86-64 under Linux, in bytes.
const HUGE_PAGE: usize = 2 << 20;

/// A mapping for a number of blocks: on Linux in huge pages, where the system grants them; they bring a tenth of
/// the speed.
///
/// It occupies no more memory than the blocks have: what is not a whole huge page is left in pages of the
/// usual size, and the bytes before the first huge page are not touched.
pub(crate) struct Arena {
    mapping: MmapMut,
    start: usize,
    count: usize,
}

impl Arena {
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub(crate) fn new(count: usize) -> Result<Self, Error> {
        let size = count.checked_mul(size_of::<Block>()).ok_or(Error::OutOfMemory)?;
        let slack = if size < HUGE_PAGE { 0 } else { HUGE_PAGE };
        let length = size.checked_add(slack).ok_or(Error::OutOfMemory)?;
        let mapping = MmapMut::map_anon(length).map_err(|_| Error::OutOfMemory)?;
        let mut arena = Self { mapping, start: 0, count };
        if slack > 0 {
            arena.start = arena.mapping.as_ptr().addr().wrapping_neg() % HUGE_PAGE;
            arena.advise(size / HUGE_PAGE * HUGE_PAGE);
        }
        Ok(arena)
    }

    /// Asks for huge pages. The hashes are the same without them.
    #[cfg(target_os = "linux")]
    fn advise(&self, length: usize) {
        let _ = self.mapping.advise_range(memmap2::Advice::HugePage, self.start, length);
    }

    #[cfg(not(target_os = "linux"))]
    fn advise(&self, _length: usize) {}

    /// The number of blocks.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The first `count` blocks, with what they held before.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`] if there are fewer.
    pub(crate) fn blocks(&mut self, count: usize) -> Result<&mut [Block], Error> {
        let bytes = self.mapping.get_mut(self.start..).unwrap_or_default();
        let bytes = bytes.get_mut(..count * size_of::<Block>()).ok_or(Error::OutOfMemory)?;
        bytemuck::try_cast_slice_mut(bytes).map_err(|_| Error::OutOfMemory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_writable_at_every_size() {
        for count in [8, 2047, 2048, 2049, 5000] {
            let mut arena = Arena::new(count).unwrap();
            let blocks = arena.blocks(count).unwrap();
            assert_eq!(blocks.len(), count);
            bytemuck::cast_slice_mut::<_, u8>(blocks).fill(1);
            assert!(arena.blocks(count + 4096).is_err());
        }
    }

    #[test]
    fn more_than_the_address_space_is_an_error() {
        for count in [usize::MAX >> 10, usize::MAX] {
            assert_eq!(Arena::new(count).err(), Some(Error::OutOfMemory));
        }
    }

    /// Of 19 MiB, the last one is no whole huge page.
    #[cfg(target_os = "linux")]
    #[test]
    fn resident_memory_is_that_of_the_blocks() {
        use std::os::unix::fs::FileExt;

        const PAGE: usize = 4096;
        let mut arena = Arena::new(19 << 10).unwrap();
        bytemuck::cast_slice_mut::<_, u8>(arena.blocks(19 << 10).unwrap()).fill(1);
        // A bit for each page, since the kernel merges the mapping with those of other threads.
        let (address, length) = (arena.mapping.as_ptr().addr(), arena.mapping.len());
        let mut entries = vec![0; length.div_ceil(PAGE) * 8];
        let pages = std::fs::File::open("/proc/self/pagemap").unwrap();
        pages.read_exact_at(&mut entries, (address / PAGE * 8) as u64).unwrap();
        let is_present = |entry: &&[u8]| entry[7] & 0x80 != 0;
        let resident = entries.chunks(8).filter(is_present).count() * PAGE / 1024;
        assert!(resident >= 18 << 10, "{resident} KiB");
        assert!(resident <= 19 << 10, "{resident} KiB");
    }
}

//! Memory for hashes.

use argon2::Error;
use memmap2::MmapMut;

use super::block::Block;

/// The size of a huge page of x86-64 under Linux, in bytes.
const HUGE_PAGE: usize = 2 << 20;

/// Memory in huge pages, where Linux grants them; they bring a tenth of the speed.
///
/// It occupies no more memory than its blocks: what is not a whole huge page is left in pages of the usual size, and
/// the bytes of the mapping before the first huge page, and after the last block, are not touched.
#[derive(Default)]
pub(crate) struct Arena(Option<MmapMut>);

impl Arena {
    /// The number of blocks.
    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |mapping| (mapping.len() - HUGE_PAGE) / size_of::<Block>())
    }

    /// `count` blocks with what they held before, or in a new mapping if there are fewer.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`].
    pub(crate) fn blocks(&mut self, count: usize) -> Result<&mut [Block], Error> {
        let size = count.saturating_mul(size_of::<Block>());
        if self.len() < count {
            // Freed first, so that both are never mapped at once.
            self.0 = None;
            self.0 = MmapMut::map_anon(size.saturating_add(HUGE_PAGE)).ok();
        }
        let mapping = self.0.as_mut().ok_or(Error::OutOfMemory)?;
        let start = mapping.as_ptr().align_offset(HUGE_PAGE);
        // Without huge pages the hashes are the same.
        #[cfg(target_os = "linux")]
        let _ = mapping.advise_range(memmap2::Advice::HugePage, start, size - size % HUGE_PAGE);
        let bytes = mapping.get_mut(start..).and_then(|bytes| bytes.get_mut(..size));
        bytemuck::try_cast_slice_mut(bytes.unwrap_or_default()).map_err(|_| Error::OutOfMemory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_writable_at_every_size() {
        for count in [8, 2047, 2048, 2049, 5000] {
            let mut arena = Arena::default();
            for count in [count, count / 2, count, count + 100] {
                let blocks = arena.blocks(count).unwrap();
                assert_eq!(blocks.len(), count);
                bytemuck::cast_slice_mut::<_, u8>(blocks).fill(1);
            }
            assert_eq!(arena.len(), count + 100);
        }
    }

    #[test]
    fn more_than_the_address_space_is_an_error() {
        for count in [usize::MAX >> 10, usize::MAX] {
            assert_eq!(Arena::default().blocks(count).err(), Some(Error::OutOfMemory));
        }
    }

    /// Of 19 MiB, the last one is no whole huge page.
    #[cfg(target_os = "linux")]
    #[test]
    fn resident_memory_is_that_of_the_blocks() {
        use std::os::unix::fs::FileExt;

        const PAGE: usize = 4096;
        let mut arena = Arena::default();
        bytemuck::cast_slice_mut::<_, u8>(arena.blocks(19 << 10).unwrap()).fill(1);
        // A bit for each page, since the kernel merges the mapping with those of other threads.
        let mapping = arena.0.unwrap();
        let (address, length) = (mapping.as_ptr().addr(), mapping.len());
        let mut entries = vec![0; length.div_ceil(PAGE) * 8];
        let pages = std::fs::File::open("/proc/self/pagemap").unwrap();
        pages.read_exact_at(&mut entries, (address / PAGE * 8) as u64).unwrap();
        let is_present = |entry: &&[u8]| entry[7] & 0x80 != 0;
        let resident = entries.chunks(8).filter(is_present).count() * PAGE / 1024;
        assert!(resident >= 18 << 10, "{resident} KiB");
        assert!(resident <= 19 << 10, "{resident} KiB");
    }
}

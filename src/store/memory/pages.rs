//! The bytes of all users, by their places.

use std::ops::Range;

/// How many places a page has. With twice as many a user takes a byte less, but the page's own data
/// fills more lines of a core's cache, and when one user changes, more bytes of others are moved.
/// With this number these are some 1,500.
const PLACES: usize = 16;

/// Some bytes for each place.
///
/// To allocate each for itself would cost a pointer, a length, and what the allocator adds: some 32
/// bytes. So neighbours are allocated together.
#[derive(Default)]
pub(super) struct Pages(Vec<Page>);

/// The bytes of neighbours, one after the other and without a gap: nothing stays of what was
/// replaced or removed, and so there is nothing to clear away.
#[derive(Default)]
struct Page {
    /// How many bytes each place has.
    lengths: [u16; PLACES],
    bytes: Box<[u8]>,
}

impl Pages {
    /// What is in a place, which is empty until something else is set.
    pub(super) fn get(&self, place: u32) -> &[u8] {
        let (page, place) = on_page(place);
        let page = self.0.get(page);
        page.and_then(|page| page.bytes.get(page.range(place))).unwrap_or_default()
    }

    /// Puts these bytes in a place, whatever it had. Of a user there are 801 at the most.
    pub(super) fn set(&mut self, place: u32, bytes: &[u8]) {
        let (number, place) = on_page(place);
        if number >= self.0.len() {
            self.0.resize_with(number + 1, Page::default);
        }
        if let Some(page) = self.0.get_mut(number) {
            page.set(place, bytes);
        }
    }
}

/// The number of its page, and the place on that page.
fn on_page(place: u32) -> (usize, usize) {
    (place as usize / PLACES, place as usize % PLACES)
}

impl Page {
    /// Where the bytes of a place are.
    fn range(&self, place: usize) -> Range<usize> {
        let length = |length: &u16| usize::from(*length);
        let start = self.lengths.iter().take(place).map(length).sum();
        start..start + self.lengths.get(place).map_or(0, length)
    }

    fn set(&mut self, place: usize, new: &[u8]) {
        let Range { start, end } = self.range(place);
        let (Some(length), Ok(new_length)) = (self.lengths.get_mut(place), new.len().try_into())
        else {
            // Longer than 65,535.
            return;
        };
        *length = new_length;
        let before = self.bytes.get(..start).unwrap_or_default();
        let after = self.bytes.get(end..).unwrap_or_default();
        self.bytes = [before, new, after].concat().into();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_place_has_what_was_last_set_and_nothing_else_is_kept(
            steps in proptest::collection::vec((0..80_u32, 0..900_usize), 0..200)
        ) {
            let mut pages = Pages::default();
            let mut expected: HashMap<u32, Vec<u8>> = HashMap::new();
            for (number, (place, length)) in steps.into_iter().enumerate() {
                let bytes = vec![u8::try_from(number).unwrap(); length];
                pages.set(place, &bytes);
                expected.insert(place, bytes);
                for place in 0..100 {
                    let expected = expected.get(&place).map(Vec::as_slice).unwrap_or_default();
                    prop_assert_eq!(pages.get(place), expected);
                }
                let kept: usize = pages.0.iter().map(|page| page.bytes.len()).sum();
                let set: usize = expected.values().map(Vec::len).sum();
                prop_assert_eq!(kept, set);
            }
        }
    }
}

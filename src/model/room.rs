//! Room for the unpacked bytes of a profile, into which what is read from it may point.

use std::collections::TryReserveError;
use std::ops::Deref;

use memmap2::MmapMut;

/// Bytes that were written one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// All bytes, where large pages were had for them.
    pages: Option<Pages>,
    /// All bytes, where not, and behind them room for more.
    bytes: Vec<u8>,
    /// How many of `bytes` were written.
    written: usize,
}

/// Bytes in large pages. The system clears a page when it is first written to; with many small ones it takes as long for it as it
/// takes to inflate what comes into them.
#[derive(Debug)]
struct Pages {
    map: MmapMut,
    /// Where the first large page begins.
    start: usize,
    /// Behind the last byte that was written.
    end: usize,
}

/// What a large page holds.
const PAGE: usize = 2 << 20;

impl Pages {
    /// Room for so many bytes, and a whole page at the least; `None` where the system has none.
    #[cfg(target_os = "linux")]
    fn new(expected: usize) -> Option<Pages> {
        let map = MmapMut::map_anon(expected.max(PAGE).checked_add(PAGE)?).ok()?;
        let start = map.as_ptr().align_offset(PAGE);
        map.advise_range(memmap2::Advice::HugePage, start, map.len().checked_sub(start)?).ok()?;
        Some(Pages { map, start, end: start })
    }

    #[cfg(not(target_os = "linux"))]
    fn new(_expected: usize) -> Option<Pages> {
        None
    }
}

impl Room {
    /// Nothing yet, and room for so many bytes and one more, so that their end can be seen: in large pages where these pay.
    pub(crate) fn expecting(bytes: usize) -> Self {
        if bytes > PAGE / 4 {
            return Room { pages: Pages::new(bytes), ..Room::default() };
        }
        let mut room = Room::default();
        // Where there is no memory for it, that is told when it is needed.
        let _ = room.make_room(bytes + 1);
        room
    }

    /// About how many bytes of memory it takes.
    pub(crate) fn takes(&self) -> usize {
        match &self.pages {
            Some(pages) => pages.bytes().len().max(PAGE),
            None => self.bytes.capacity(),
        }
    }

    /// Nothing more comes: lets go of room that was expected to be needed and was not.
    pub(crate) fn settle(&mut self) {
        self.bytes.truncate(self.written);
        if self.bytes.capacity() / 2 > self.written {
            self.bytes.shrink_to_fit();
        }
    }

    /// Where the next bytes can be written, but no more than `most`; empty where there is no room left.
    pub(crate) fn free(&mut self, most: usize) -> &mut [u8] {
        let (all, from) = match &mut self.pages {
            Some(pages) => (&mut pages.map[..], pages.end),
            None => (&mut self.bytes[..], self.written),
        };
        let to = from.saturating_add(most).min(all.len());
        all.get_mut(from..to).unwrap_or(&mut [])
    }

    /// Takes in so many bytes that were written to where it was free.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        match &mut self.pages {
            Some(pages) => pages.end = (pages.end + bytes).min(pages.map.len()),
            None => self.written = (self.written + bytes).min(self.bytes.len()),
        }
    }

    /// Makes room for so many bytes more; what lies in large pages is moved. The system is asked for half of what is there, so
    /// that a small limit of memory is not passed by that alone; if it has not so much, for no more than is needed.
    pub(crate) fn make_room(&mut self, more: usize) -> Result<(), TryReserveError> {
        if self.pages.is_some() {
            self.bytes.try_reserve_exact(self.len() + more)?;
            let pages = self.pages.take();
            self.bytes.extend_from_slice(pages.as_ref().map_or(&[], Pages::bytes));
            self.written = self.bytes.len();
        }
        self.bytes.truncate(self.written);
        if self.bytes.capacity() - self.written < more {
            let half = self.bytes.try_reserve_exact(more.max(self.written / 2));
            half.or_else(|_| self.bytes.try_reserve_exact(more))?;
        }
        self.bytes.resize(self.written + more, 0);
        Ok(())
    }
}

impl Pages {
    fn bytes(&self) -> &[u8] {
        self.map.get(self.start..self.end).unwrap_or(&[])
    }
}

impl From<Vec<u8>> for Room {
    fn from(bytes: Vec<u8>) -> Self {
        Room { pages: None, written: bytes.len(), bytes }
    }
}

impl Deref for Room {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.pages {
            Some(pages) => pages.bytes(),
            None => self.bytes.get(..self.written).unwrap_or(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_that_was_not_needed_is_let_go() {
        let check = |expected: usize, written: usize, kept: std::ops::RangeInclusive<usize>| {
            let mut room = Room::expecting(expected);
            let free = room.free(written);
            free.fill(b'x');
            let n = free.len();
            room.wrote(n);
            room.settle();
            assert_eq!(*room, vec![b'x'; written], "{expected}");
            assert!(kept.contains(&room.bytes.capacity()), "{expected}: {}", room.bytes.capacity());
        };
        check(1000, 1000, 1001..=1001);
        check(1000, 600, 1001..=1001);
        check(1000, 3, 3..=499);
    }

    #[test]
    fn room_in_large_pages_or_not_holds_what_was_written() {
        for expected in [PAGE / 4, PAGE / 4 + 1, PAGE, 2 * PAGE + 1] {
            let mut room = Room::expecting(expected);
            // Not every system has large pages; then there is room when it is asked for.
            if room.free(1).is_empty() {
                room.make_room(expected).expect("room");
            }
            let free = room.free(expected);
            assert_eq!(free.len(), expected);
            free.iter_mut().zip(0u32..).for_each(|(byte, at)| *byte = at as u8);
            room.wrote(expected);
            room.settle();
            assert!(room.iter().zip(0u32..).all(|(byte, at)| *byte == at as u8), "{expected}");
            assert_eq!(room.len(), expected);
            assert!((expected..=expected.max(PAGE) + 1).contains(&room.takes()), "{expected}");
            room.make_room(5).expect("room for more");
            assert_eq!((room.len(), room.free(9).len() >= 5), (expected, true));
        }
    }
}

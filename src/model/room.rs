//! Room for the unpacked bytes of a profile, into which what is read from it may point.

use std::collections::TryReserveError;
use std::ops::Deref;

use memmap2::MmapMut;

/// Bytes that were written one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// All bytes, where large pages were had for them.
    pages: Option<Pages>,
    /// All bytes, where not.
    bytes: Vec<u8>,
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
    /// Room for so many bytes; `None` where the system has none.
    #[cfg(target_os = "linux")]
    fn new(expected: usize) -> Option<Pages> {
        let map = MmapMut::map_anon(expected.checked_add(PAGE)?).ok()?;
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
    /// Nothing yet. Where so many bytes are expected that large pages pay, there is room for them.
    pub(crate) fn expecting(bytes: usize) -> Self {
        Room { pages: if bytes > PAGE / 2 { Pages::new(bytes) } else { None }, bytes: Vec::new() }
    }

    /// Where the next bytes can be written at once, but no more than `most`; empty where there is no such place.
    pub(crate) fn free(&mut self, most: usize) -> &mut [u8] {
        let Some(pages) = &mut self.pages else { return &mut [] };
        let to = pages.end.saturating_add(most).min(pages.map.len());
        pages.map.get_mut(pages.end..to).unwrap_or(&mut [])
    }

    /// Takes in so many bytes that were written to where it was free.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        if let Some(pages) = &mut self.pages {
            pages.end = (pages.end + bytes).min(pages.map.len());
        }
    }

    /// The bytes as a vector, which can grow; they are moved if they lie in large pages.
    pub(crate) fn grown(&mut self) -> Result<&mut Vec<u8>, TryReserveError> {
        if self.pages.is_some() {
            self.bytes.try_reserve_exact(self.len())?;
            let pages = self.pages.take();
            self.bytes.extend_from_slice(pages.as_ref().map_or(&[], Pages::bytes));
        }
        Ok(&mut self.bytes)
    }
}

impl Pages {
    fn bytes(&self) -> &[u8] {
        self.map.get(self.start..self.end).unwrap_or(&[])
    }
}

impl From<Vec<u8>> for Room {
    fn from(bytes: Vec<u8>) -> Self {
        Room { pages: None, bytes }
    }
}

impl Deref for Room {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.pages.as_ref().map_or(&self.bytes, Pages::bytes)
    }
}

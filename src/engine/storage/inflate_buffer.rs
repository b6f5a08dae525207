//! The buffer that a profile is inflated into. Stacks that are decoded from it may stay in it.

use std::collections::TryReserveError;
use std::ops::Deref;

#[cfg(feature = "huge-pages")]
use memmap2::MmapMut;

use crate::switches::Mechanism;

/// The type of a mapping that is never created.
#[cfg(not(feature = "huge-pages"))]
type MmapMut = Box<[u8]>;

/// A growing buffer of bytes, in huge pages if it is large.
///
/// The kernel clears each page on its first write. For a profile of several MiB in pages of 4 KiB this takes as long as inflating it; huge pages
/// of 2 MiB avoid most of it (see docs/performance.md). On Linux with the feature `huge-pages` only; otherwise the buffer is a plain vector.
#[derive(Debug)]
pub(crate) struct InflateBuffer {
    memory: Memory,
    /// The number of bytes that were committed.
    len: usize,
}

#[derive(Debug)]
enum Memory {
    /// All bytes of the vector may be written to; those after `len` are zero.
    Heap(Vec<u8>),
    /// An anonymous mapping whose first huge page is at `start`.
    #[cfg_attr(
        not(all(target_os = "linux", feature = "huge-pages")),
        expect(dead_code, reason = "there are no huge pages")
    )]
    HugePages { map: MmapMut, start: usize },
}

const HUGE_PAGE: usize = 2 << 20;

impl Default for InflateBuffer {
    fn default() -> Self {
        InflateBuffer { memory: Memory::Heap(Vec::new()), len: 0 }
    }
}

/// Maps at least `bytes` bytes of huge pages; `None` if the system has none.
#[cfg(all(target_os = "linux", feature = "huge-pages"))]
fn map_huge_pages(bytes: usize) -> Option<Memory> {
    let map = MmapMut::map_anon(bytes.max(HUGE_PAGE).checked_add(HUGE_PAGE)?).ok()?;
    let start = map.as_ptr().align_offset(HUGE_PAGE);
    map.advise_range(memmap2::Advice::HugePage, start, map.len().checked_sub(start)?).ok()?;
    Some(Memory::HugePages { map, start })
}

#[cfg(not(all(target_os = "linux", feature = "huge-pages")))]
fn map_huge_pages(_bytes: usize) -> Option<Memory> {
    None
}

impl InflateBuffer {
    /// An empty buffer with capacity for `bytes` bytes and one more, so that the reader can see the end of its input.
    pub(crate) fn with_size_hint(bytes: usize) -> Self {
        if bytes > HUGE_PAGE / 4
            && Mechanism::HugePages.is_on()
            && let Some(memory) = map_huge_pages(bytes)
        {
            return InflateBuffer { memory, len: 0 };
        }
        let mut buffer = InflateBuffer::default();
        // If there is too little memory, the reader's own call of `reserve` reports it.
        let _ = buffer.reserve(bytes + 1);
        buffer
    }

    /// An estimate of the memory that the buffer uses, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        match &self.memory {
            Memory::HugePages { .. } => self.len.max(HUGE_PAGE),
            Memory::Heap(bytes) => bytes.capacity(),
        }
    }

    /// Releases capacity that was reserved and not needed.
    pub(crate) fn shrink_to_fit(&mut self) {
        if let Memory::Heap(bytes) = &mut self.memory {
            bytes.truncate(self.len);
            if bytes.capacity() / 2 > self.len {
                bytes.shrink_to_fit();
            }
        }
    }

    /// The unused capacity, but at most `most` bytes; empty if there is none left.
    pub(crate) fn spare_mut(&mut self, most: usize) -> &mut [u8] {
        let (all, from) = match &mut self.memory {
            Memory::HugePages { map, start } => (&mut map[..], *start + self.len),
            Memory::Heap(bytes) => (&mut bytes[..], self.len),
        };
        let to = from.saturating_add(most).min(all.len());
        all.get_mut(from..to).unwrap_or(&mut [])
    }

    /// Appends the first `bytes` bytes of [`InflateBuffer::spare_mut`], which the caller has written.
    pub(crate) fn commit(&mut self, bytes: usize) {
        let capacity = match &self.memory {
            Memory::HugePages { map, start } => map.len() - start,
            Memory::Heap(bytes) => bytes.len(),
        };
        self.len = (self.len + bytes).min(capacity);
    }

    /// Makes `additional` more bytes of capacity available; bytes in huge pages are moved to the heap.
    ///
    /// The buffer grows by half of its size, not by all of it, so that growing does not exceed a small memory limit by itself; if the system
    /// does not grant that, it grows by no more than needed.
    pub(crate) fn reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        if let Memory::HugePages { .. } = self.memory {
            let mut bytes = Vec::new();
            bytes.try_reserve_exact(self.len + additional)?;
            bytes.extend_from_slice(self);
            self.memory = Memory::Heap(bytes);
        }
        let Memory::Heap(bytes) = &mut self.memory else { return Ok(()) };
        bytes.truncate(self.len);
        if bytes.capacity() - self.len < additional {
            let grown = bytes.try_reserve_exact(additional.max(self.len / 2));
            grown.or_else(|_| bytes.try_reserve_exact(additional))?;
        }
        bytes.resize(self.len + additional, 0);
        Ok(())
    }
}

impl From<Vec<u8>> for InflateBuffer {
    fn from(bytes: Vec<u8>) -> Self {
        InflateBuffer { len: bytes.len(), memory: Memory::Heap(bytes) }
    }
}

impl Deref for InflateBuffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.memory {
            Memory::HugePages { map, start } => map.get(*start..*start + self.len).unwrap_or(&[]),
            Memory::Heap(bytes) => bytes.get(..self.len).unwrap_or(&[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unneeded_capacity_is_released() {
        let check = |hint: usize, written: usize, kept: std::ops::RangeInclusive<usize>| {
            let mut buffer = InflateBuffer::with_size_hint(hint);
            let spare = buffer.spare_mut(written);
            spare.fill(b'x');
            let n = spare.len();
            buffer.commit(n);
            buffer.shrink_to_fit();
            assert_eq!(*buffer, vec![b'x'; written], "{hint}");
            assert!(kept.contains(&buffer.heap_size()), "{hint}: {}", buffer.heap_size());
        };
        check(1000, 1000, 1001..=1001);
        check(1000, 600, 1001..=1001);
        check(1000, 3, 3..=499);
    }

    #[test]
    fn bytes_are_kept_in_huge_pages_and_on_the_heap() {
        for hint in [HUGE_PAGE / 4, HUGE_PAGE / 4 + 1, HUGE_PAGE, 2 * HUGE_PAGE + 1] {
            let expected: Vec<u8> = (0..hint).map(|at| at as u8).collect();
            let mut buffer = InflateBuffer::with_size_hint(hint);
            buffer.spare_mut(hint).copy_from_slice(&expected);
            buffer.commit(hint);
            buffer.shrink_to_fit();
            assert!(*buffer == expected, "{hint}");
            assert!((hint..=hint.max(HUGE_PAGE) + 1).contains(&buffer.heap_size()), "{hint}");
            buffer.reserve(5).expect("memory for five more bytes");
            assert!(buffer.spare_mut(9).len() >= 5 && *buffer == expected, "{hint}");
        }
    }
}

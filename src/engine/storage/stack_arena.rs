//! An arena of varint-encoded stacks.

use std::sync::Arc;

use super::InflateBuffer;
use super::prefix_cursor::common_locations;
use super::varint;

/// Stored as the number of shared locations if there are this many or more.
const MANY_COMMON: u8 = u8::MAX;

/// Encoded stacks, each with an id.
///
/// A stack is a length in bytes and then that many bytes of varints, as in a packed protobuf field. So a stack that came out of a protobuf profile can stay in
/// its buffer, and only its offset is stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct StackArena {
    /// The buffer of a profile that some stacks are stored in.
    buffer: Arc<InflateBuffer>,
    /// The number of bytes of `buffer` that belong to stacks.
    in_buffer: usize,
    /// All other stacks. Their offsets count from the end of `buffer`.
    bytes: Vec<u8>,
    /// The offset of each stack. Inputs of 4 GiB and more are refused, so 32 bits are enough.
    starts: Vec<u32>,
    /// A lower bound of the locations, counted from the leaf, that each stack shares with the previous one, or [`MANY_COMMON`].
    common: Vec<u8>,
}

impl StackArena {
    /// An empty arena with capacity for `stacks` stacks, some of which may stay in `buffer`.
    pub(crate) fn with_buffer(buffer: Arc<InflateBuffer>, stacks: usize) -> Self {
        let (starts, common) = (Vec::with_capacity(stacks), Vec::with_capacity(stacks));
        StackArena { buffer, starts, common, ..StackArena::default() }
    }

    pub(crate) fn push(&mut self, stack: &[u8]) {
        let common = self.len().checked_sub(1).map_or(0, |last| common_locations(self.get(last), stack));
        self.push_start(self.buffer.len() + self.bytes.len(), common);
        varint::write(stack.len() as u64, &mut self.bytes);
        self.bytes.extend_from_slice(stack);
    }

    /// Adds a stack that stays in the buffer: `start` is the offset of its length prefix, `length` the number of bytes after it, and `common` a
    /// lower bound of the locations that it shares with the previous stack.
    #[inline]
    pub(crate) fn push_in_buffer(&mut self, start: usize, length: usize, common: usize) {
        self.push_start(start, common);
        self.in_buffer += length;
    }

    #[inline]
    fn push_start(&mut self, start: usize, common: usize) {
        self.starts.push(u32::try_from(start).unwrap_or(u32::MAX));
        self.common.push(u8::try_from(common).unwrap_or(MANY_COMMON));
    }

    /// Appends the stacks of another arena; those in the buffer of another profile are copied.
    pub(crate) fn append(&mut self, other: StackArena) {
        if self.len() == 0 {
            *self = other;
            return;
        }
        if !Arc::ptr_eq(&self.buffer, &other.buffer) {
            (0..other.len()).for_each(|id| self.push(other.get(id)));
            return;
        }
        let (end, shift) = (other.buffer.len() as u32, self.bytes.len() as u32);
        self.starts.extend(other.starts.iter().map(|&start| if start < end { start } else { start + shift }));
        self.common.extend_from_slice(&other.common);
        self.bytes.extend_from_slice(&other.bytes);
        self.in_buffer += other.in_buffer;
    }

    /// Copies the stacks out of the buffer and releases it, if stacks are less than half of it.
    pub(crate) fn shrink_to_fit(&mut self) {
        if self.in_buffer < self.buffer.len() / 2 {
            let mut copied = StackArena::default();
            (0..self.len()).for_each(|id| copied.push(self.get(id)));
            *self = copied;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// A lower bound of the locations, counted from the leaf, that a stack shares with the previous one; `None` if there are too many to be
    /// stored.
    #[inline]
    pub(crate) fn common(&self, id: usize) -> Option<usize> {
        self.common.get(id).filter(|common| **common < MANY_COMMON).map(|common| usize::from(*common))
    }

    /// A stack; empty if the id is not from this arena.
    pub(crate) fn get(&self, id: usize) -> &[u8] {
        self.view().get(id)
    }

    /// A view for reading many stacks.
    #[inline]
    pub(crate) fn view(&self) -> StackArenaView<'_> {
        StackArenaView { buffer: &self.buffer, bytes: &self.bytes, starts: &self.starts }
    }

    /// An estimate of the memory that the arena uses, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        let each = size_of::<u32>() + size_of::<u8>();
        self.buffer.heap_size() + self.bytes.len() + each * self.len()
    }
}

/// The stacks of a [`StackArena`], for reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackArenaView<'a> {
    buffer: &'a [u8],
    bytes: &'a [u8],
    starts: &'a [u32],
}

impl<'a> StackArenaView<'a> {
    /// A stack; empty if the id is not from this arena.
    #[inline]
    pub(crate) fn get(&self, id: usize) -> &'a [u8] {
        self.starts.get(id).and_then(|start| self.at(*start as usize)).unwrap_or(&[])
    }

    #[inline]
    fn at(&self, start: usize) -> Option<&'a [u8]> {
        let from = match start.checked_sub(self.buffer.len()) {
            None => self.buffer.get(start..),
            Some(start) => self.bytes.get(start..),
        };
        let (length, stack) = varint::read_u32(from?)?;
        stack.get(..length as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_in_a_buffer_and_beside_it() {
        let buffer = Arc::new(InflateBuffer::from(vec![0x0a, 2, 5, 6, 0x0a, 1, 7, 0x0a, 1, 8]));
        let mut one = StackArena::with_buffer(buffer.clone(), 0);
        one.push_in_buffer(1, 2, 0);
        one.push(&[1; 200]);
        let mut other = StackArena::with_buffer(buffer, 9);
        other.push(&[9]);
        other.push_in_buffer(5, 1, 0);
        one.append(other);
        let mut third = StackArena::default();
        third.push(&[3]);
        third.append(one.clone());
        assert!((0..one.len()).all(|id| third.get(id + 1) == one.get(id)));
        let check = |arena: &StackArena| {
            let all: Vec<&[u8]> = (0..arena.len() + 1).map(|id| arena.get(id)).collect();
            assert_eq!(all, [&[5, 6][..], &[1; 200], &[9], &[7], &[]]);
        };
        check(&one);
        one.shrink_to_fit();
        assert_eq!(one.buffer.len(), 0);
        check(&one);
    }

    #[test]
    fn shared_locations() {
        let mut arena = StackArena::with_buffer(Arc::new(InflateBuffer::from(vec![0x0a, 3, 5, 6, 8])), 0);
        arena.push(&[5, 6, 7]);
        arena.push_in_buffer(1, 3, 2);
        arena.push(&[5, 6, 0x81, 1]);
        arena.push(&[5, 6, 0x81, 2]);
        arena.push(&[5, 6]);
        arena.push(&[1; 300]);
        arena.push(&[1; 301]);
        let check = |arena: &StackArena| {
            let common: Vec<_> = (0..arena.len()).map(|id| arena.common(id)).collect();
            assert_eq!(common, [Some(0), Some(2), Some(2), Some(2), Some(2), Some(0), None]);
        };
        check(&arena);
        let mut other = StackArena::default();
        other.append(arena.clone());
        check(&other);
        let mut third = StackArena::with_buffer(Arc::default(), 0);
        third.push(&[9]);
        third.append(arena.clone());
        assert_eq!((third.common(1), third.common(2), third.common(7)), (Some(0), Some(2), None));
        arena.shrink_to_fit();
        check(&arena);
    }
}

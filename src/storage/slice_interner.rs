//! Interned slices.

use std::hash::Hash;

use super::HashIndex;

/// A table of distinct slices, stored back to back in one vector, each with a `u32` id.
///
/// All slices together hold fewer than 2^32 items: a slice that would exceed this is stored empty. Limits on the input keep every caller far
/// below (`decode/limits.rs`).
#[derive(Clone, Debug)]
pub(crate) struct SliceInterner<T> {
    items: Vec<T>,
    ends: Vec<u32>,
    index: HashIndex,
}

impl<T> Default for SliceInterner<T> {
    fn default() -> Self {
        SliceInterner { items: Vec::new(), ends: Vec::new(), index: HashIndex::default() }
    }
}

impl<T: Copy + Eq + Hash> SliceInterner<T> {
    /// The id of a slice; adds the slice if it is new.
    pub(crate) fn intern(&mut self, slice: &[T]) -> u32 {
        let tag = self.index.tag(slice);
        if let Some(id) = self.index.find(tag, |id| self.get(id) == slice) {
            return id;
        }
        let id = self.push(slice);
        self.index.insert(tag, id);
        id
    }

    /// The id of a slice; `None` if it was never interned.
    pub(crate) fn find(&self, slice: &[T]) -> Option<u32> {
        self.index.find(self.index.tag(slice), |id| self.get(id) == slice)
    }

    /// Adds a slice without looking for an equal one. [`SliceInterner::find`] does not find it.
    pub(crate) fn push(&mut self, slice: &[T]) -> u32 {
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        if u32::try_from(self.items.len() + slice.len()).is_ok() {
            self.items.extend_from_slice(slice);
        }
        self.ends.push(self.items.len() as u32);
        id
    }

    /// Reserves capacity for pushing `slices` more slices of `items` items in total.
    pub(crate) fn reserve(&mut self, slices: usize, items: usize) {
        self.items.reserve(items);
        self.ends.reserve(slices);
    }

    /// The slice of an id; empty if the id is not from this table.
    pub(crate) fn get(&self, id: u32) -> &[T] {
        let at = id as usize;
        let start = at.checked_sub(1).and_then(|previous| self.ends.get(previous)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.items.get(start as usize..*end as usize)).unwrap_or(&[])
    }

    /// The number of slices; their ids are `0..len`.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

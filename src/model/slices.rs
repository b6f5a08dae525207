//! Slices, each kept once and named by a number.

use std::hash::Hash;

use super::numbers::Numbers;
use super::places::Places;

/// A table of slices that lie behind each other in one piece of memory.
#[derive(Clone, Debug)]
pub(crate) struct Slices<T> {
    all: Vec<T>,
    ends: Places,
    known: Numbers,
}

impl<T> Default for Slices<T> {
    fn default() -> Self {
        Slices { all: Vec::new(), ends: Places::default(), known: Numbers::default() }
    }
}

impl<T: Copy + Eq + Hash> Slices<T> {
    /// The number of this slice, taken in if it is new.
    pub(crate) fn intern(&mut self, slice: &[T]) -> u32 {
        let mark = self.known.mark(slice);
        if let Some(id) = self.known.find(mark, |id| self.get(id) == slice) {
            return id;
        }
        let id = self.push(slice);
        self.known.insert(mark, id);
        id
    }

    /// The number of this slice, if it was interned.
    pub(crate) fn find(&self, slice: &[T]) -> Option<u32> {
        self.known.find(self.known.mark(slice), |id| self.get(id) == slice)
    }

    /// As [`Slices::intern`], without looking for one that is the same; nor is this one found.
    pub(crate) fn push(&mut self, slice: &[T]) -> u32 {
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.all.extend_from_slice(slice);
        self.ends.push(self.all.len());
        id
    }

    /// Makes room for so many more, of so many items in all, if they are pushed.
    pub(crate) fn reserve(&mut self, slices: usize, items: usize) {
        self.all.reserve(items);
        self.ends.reserve(slices);
    }

    /// The slice of a number; empty for one that is not of this table.
    pub(crate) fn get(&self, id: u32) -> &[T] {
        let at = id as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).unwrap_or(0);
        self.ends.get(at).and_then(|end| self.all.get(start..end)).unwrap_or(&[])
    }

    /// How many slices there are; their numbers are `0..len`.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

//! Interned small values.

use std::hash::Hash;

use super::HashIndex;

/// A table of distinct values, each with a `u32` id.
#[derive(Clone, Debug)]
pub(crate) struct Interner<T> {
    values: Vec<T>,
    index: HashIndex,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Interner { values: Vec::new(), index: HashIndex::default() }
    }
}

impl<T: Copy + Eq + Hash> Interner<T> {
    /// The id of a value; adds the value if it is new.
    pub(crate) fn intern(&mut self, value: T) -> u32 {
        let Interner { values, index } = self;
        let tag = index.tag(value);
        index.find(tag, |id| values.get(id as usize) == Some(&value)).unwrap_or_else(|| {
            let id = u32::try_from(values.len()).unwrap_or(u32::MAX);
            index.insert(tag, id);
            values.push(value);
            id
        })
    }

    /// The id of a value; `None` if it was never interned.
    pub(crate) fn find(&self, value: T) -> Option<u32> {
        self.index.find(self.index.tag(value), |id| self.values.get(id as usize) == Some(&value))
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.values.reserve(additional);
        self.index.reserve(additional);
    }

    /// All values, ordered by id.
    pub(crate) fn all(&self) -> &[T] {
        &self.values
    }

    /// Removes all values. Ids that were given before are invalid afterwards.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.index.clear();
    }
}

//! Small values, each kept once and named by a number.

use std::hash::Hash;

use super::numbers::Numbers;

/// A table of values.
#[derive(Clone, Debug)]
pub(crate) struct Items<T> {
    all: Vec<T>,
    known: Numbers,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Items { all: Vec::new(), known: Numbers::default() }
    }
}

impl<T: Copy + Eq + Hash> Items<T> {
    /// The number of this value, taken in if it is new.
    pub(crate) fn intern(&mut self, value: T) -> u32 {
        let Items { all, known } = self;
        let mark = known.mark(value);
        known.find(mark, |id| all.get(id as usize) == Some(&value)).unwrap_or_else(|| {
            let id = u32::try_from(all.len()).unwrap_or(u32::MAX);
            known.insert(mark, id);
            all.push(value);
            id
        })
    }

    /// The number of this value, if it is there.
    pub(crate) fn find(&self, value: T) -> Option<u32> {
        self.known.find(self.known.mark(value), |id| self.all.get(id as usize) == Some(&value))
    }

    /// Makes room for so many values.
    pub(crate) fn reserve(&mut self, values: usize) {
        self.all.reserve(values);
    }

    /// As [`Items::reserve`], also where they are looked for.
    pub(crate) fn reserve_known(&mut self, values: usize) {
        self.reserve(values);
        self.known.reserve(values);
    }

    /// All values, in the order of their numbers.
    pub(crate) fn all(&self) -> &[T] {
        &self.all
    }

    /// Forgets everything: numbers that were given mean nothing any more.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
        self.known.clear();
    }
}

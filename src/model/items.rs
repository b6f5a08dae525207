//! Small values, each kept once and named by a number.

use std::hash::BuildHasher;
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// A table of values.
#[derive(Clone, Debug)]
pub(crate) struct Items<T> {
    all: Vec<T>,
    known: HashTable<u32>,
    hasher: RandomState,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Items { all: Vec::new(), known: HashTable::default(), hasher: RandomState::default() }
    }
}

impl<T: Copy + Eq + Hash> Items<T> {
    /// The number of this value, taken in if it is new.
    pub(crate) fn intern(&mut self, value: T) -> u32 {
        let Items { all, known, hasher } = self;
        let next = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let at = |id: u32| all.get(id as usize);
        let (is, hash) = (|id: &u32| at(*id) == Some(&value), |id: &u32| hasher.hash_one(at(*id)));
        let id = *known.entry(hasher.hash_one(Some(&value)), is, hash).or_insert(next).get();
        if id == next {
            all.push(value);
        }
        id
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

//! Numbers of what lies elsewhere, found by what it is.

use std::hash::BuildHasher;
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A table of numbers. A part of each hash is kept, so that what a number stands for is looked at only where it is likely the one
/// that is sought, and never when the table grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    table: HashTable<(Mark, u32)>,
    hasher: RandomState,
}

/// What is kept of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(u32);

impl Mark {
    /// A hash again: tables look at its first and its last bits.
    fn spread(self) -> u64 {
        FxBuildHasher.hash_one(self.0)
    }
}

impl Numbers {
    /// By what this is found.
    pub(crate) fn mark(&self, of: impl Hash) -> Mark {
        Mark((self.hasher.hash_one(of) >> 32) as u32)
    }

    /// The number that has this mark and is the one that is sought.
    pub(crate) fn find(&self, mark: Mark, is: impl Fn(u32) -> bool) -> Option<u32> {
        self.table
            .find(mark.spread(), |(known, number)| *known == mark && is(*number))
            .map(|(_, number)| *number)
    }

    /// Makes room for so many more.
    pub(crate) fn reserve(&mut self, numbers: usize) {
        self.table.reserve(numbers, |(mark, _)| mark.spread());
    }

    /// Forgets all numbers.
    pub(crate) fn clear(&mut self) {
        self.table.clear();
    }

    /// Takes in a number that is not there.
    pub(crate) fn insert(&mut self, mark: Mark, number: u32) {
        self.table.insert_unique(mark.spread(), (mark, number), |(mark, _)| mark.spread());
    }
}

//! A hash index of ids whose values are stored elsewhere.

use std::hash::BuildHasher;
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A hash index of `u32` ids.
///
/// It keeps 32 bits of each hash beside the id, so that a lookup rarely compares a value that differs and growing never hashes one again.
#[derive(Clone, Debug, Default)]
pub(crate) struct HashIndex {
    table: HashTable<(HashTag, u32)>,
    hasher: RandomState,
}

/// The part of a hash that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HashTag(u32);

impl HashTag {
    /// Spreads the tag over 64 bits: the table uses both the lowest and the highest bits.
    fn to_hash(self) -> u64 {
        FxBuildHasher.hash_one(self.0)
    }
}

impl HashIndex {
    pub(crate) fn tag(&self, value: impl Hash) -> HashTag {
        HashTag((self.hasher.hash_one(value) >> 32) as u32)
    }

    /// The id with this tag whose value `is_equal` accepts.
    pub(crate) fn find(&self, tag: HashTag, is_equal: impl Fn(u32) -> bool) -> Option<u32> {
        self.table.find(tag.to_hash(), |(known, id)| *known == tag && is_equal(*id)).map(|(_, id)| *id)
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.table.reserve(additional, |(tag, _)| tag.to_hash());
    }

    pub(crate) fn clear(&mut self) {
        self.table.clear();
    }

    /// Adds an id whose value is not in the index yet.
    pub(crate) fn insert(&mut self, tag: HashTag, id: u32) {
        self.table.insert_unique(tag.to_hash(), (tag, id), |(tag, _)| tag.to_hash());
    }
}

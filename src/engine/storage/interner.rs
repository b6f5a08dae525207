//! Interned values, slices and strings, and the hash index that finds them.

use std::hash::BuildHasher;
use std::hash::Hash;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

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

/// A table of distinct strings, stored back to back in one string, each with a `u32` id.
///
/// All strings together have fewer than 2^32 bytes: a string that would exceed this is stored empty. Limits on the input keep every
/// caller far below (`decode/limits.rs`).
#[derive(Clone, Debug, Default)]
pub(crate) struct StringInterner {
    text: String,
    ends: Vec<u32>,
    index: HashTable<u32>,
    hasher: RandomState,
}

impl StringInterner {
    /// The id of a string; `None` if it was never interned.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.index.find(self.hasher.hash_one(text), |id| self.text(*id) == text).copied()
    }

    /// The id of a string; adds the string if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        if let Some(&id) = self.index.find(hash, |id| self.text(*id) == text) {
            return id;
        }
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        let StringInterner { text: all, ends, index, hasher } = self;
        index.insert_unique(hash, id, |id| hasher.hash_one(get(all, ends, *id)));
        if u32::try_from(all.len() + text.len()).is_ok() {
            all.push_str(text);
        }
        ends.push(all.len() as u32);
        id
    }

    /// Reserves capacity for `strings` more strings of `bytes` bytes in total.
    pub(crate) fn reserve(&mut self, strings: usize, bytes: usize) {
        let StringInterner { text, ends, index, hasher } = self;
        text.reserve(bytes);
        ends.reserve(strings);
        index.reserve(strings, |id| hasher.hash_one(get(text, ends, *id)));
    }

    /// The string of an id; empty if the id is not from this table.
    pub(crate) fn text(&self, id: u32) -> &str {
        get(&self.text, &self.ends, id)
    }

    /// The number of strings; their ids are `0..len`.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn get<'a>(text: &'a str, ends: &[u32], id: u32) -> &'a str {
    let at = id as usize;
    let start = at.checked_sub(1).and_then(|previous| ends.get(previous)).copied().unwrap_or(0);
    ends.get(at).and_then(|end| text.get(start as usize..*end as usize)).unwrap_or("")
}

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

//! Interned strings.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

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

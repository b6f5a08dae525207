//! Texts, each kept once and named by a number.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::places::Places;

/// A table of texts that lie behind each other in one piece of memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    all: String,
    ends: Places,
    known: HashTable<u32>,
    hasher: RandomState,
}

impl Texts {
    /// The number of this text, if it is there.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        self.known.find(self.hasher.hash_one(text), |id| self.text(*id) == text).copied()
    }

    /// The number of this text, taken in if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        if let Some(&id) = self.known.find(hash, |id| self.text(*id) == text) {
            return id;
        }
        let id = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        let Texts { all, ends, known, hasher } = self;
        known.insert_unique(hash, id, |id| hasher.hash_one(text_of(all, ends, *id)));
        all.push_str(text);
        ends.push(all.len());
        id
    }

    /// Makes room for so many more, of so many bytes in all.
    pub(crate) fn reserve(&mut self, texts: usize, bytes: usize) {
        let Texts { all, ends, known, hasher } = self;
        all.reserve(bytes);
        ends.reserve(texts);
        known.reserve(texts, |id| hasher.hash_one(text_of(all, ends, *id)));
    }

    /// The text of a number; empty for one that is not of this table.
    pub(crate) fn text(&self, id: u32) -> &str {
        text_of(&self.all, &self.ends, id)
    }

    /// How many texts there are; their numbers are `0..len`.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }
}

fn text_of<'a>(all: &'a str, ends: &Places, id: u32) -> &'a str {
    let at = id as usize;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).unwrap_or(0);
    ends.get(at).and_then(|end| all.get(start..end)).unwrap_or("")
}

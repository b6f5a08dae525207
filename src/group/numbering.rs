//! Numbers for what many stacks have in common.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::stacks::Kind;

/// The different kinds of stacks, numbered.
#[derive(Default)]
pub(super) struct Kinds {
    pub(super) all: Vec<Kind>,
    known: HashMap<Kind, u32, RandomState>,
}

impl Kinds {
    /// The number of a kind.
    pub(super) fn number(&mut self, kind: Kind) -> u32 {
        // Most stacks are of few kinds.
        if let Some(number) = self.all.iter().take(4).position(|it| *it == kind) {
            return number as u32;
        }
        let next = self.all.len() as u32;
        let number = *self.known.entry(kind).or_insert(next);
        if number == next {
            self.all.push(kind);
        }
        number
    }
}

/// The different keys of stacks, numbered.
#[derive(Default)]
pub(super) struct KeyTable {
    parts: Vec<u32>,
    ends: Vec<usize>,
    known: HashTable<u32>,
    hasher: RandomState,
}

impl KeyTable {
    /// How many different keys there are; their numbers are `0..len`.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of a key.
    pub(super) fn number(&mut self, key: &[u32]) -> u32 {
        let hash = self.hasher.hash_one(key);
        if let Some(&number) = self.known.find(hash, |number| self.key(*number) == key) {
            return number;
        }
        let number = self.ends.len() as u32;
        self.parts.extend_from_slice(key);
        self.ends.push(self.parts.len());
        let KeyTable { parts, ends, known, hasher } = self;
        known.insert_unique(hash, number, |number| hasher.hash_one(key_of(parts, ends, *number)));
        number
    }

    /// The key of a number.
    pub(super) fn key(&self, number: u32) -> &[u32] {
        key_of(&self.parts, &self.ends, number)
    }
}

fn key_of<'k>(parts: &'k [u32], ends: &[usize], number: u32) -> &'k [u32] {
    let number = number as usize;
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &parts[start..ends[number]]
}

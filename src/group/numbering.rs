//! Stacks that tell the same, numbered.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::Slices;

use super::stacks::Class;

/// The different keys of stacks, and the classes of stacks that have them.
#[derive(Default)]
pub(super) struct Classes {
    pub(super) keys: Slices<u32>,
    pub(super) all: Vec<Class>,
    /// The first class of each key: most keys have no other.
    first: Vec<u32>,
    others: HashMap<Class, u32, RandomState>,
}

impl Classes {
    /// The number of a key.
    pub(super) fn key(&mut self, key: &[u32]) -> u32 {
        self.keys.intern(key)
    }

    /// The number of a class, whose key has one.
    pub(super) fn number(&mut self, class: Class) -> u32 {
        let next = self.all.len() as u32;
        let number = match self.first.get(class.key as usize) {
            Some(&first) if self.all[first as usize] == class => return first,
            Some(_) => *self.others.entry(class).or_insert(next),
            None => {
                // Each new key comes with its first class.
                self.first.push(next);
                next
            }
        };
        if number == next {
            self.all.push(class);
        }
        number
    }

    /// Takes the classes of other stacks in; the number here of each there.
    pub(super) fn append(&mut self, other: &Classes) -> Vec<u32> {
        let number = |class: &Class| {
            let key = self.key(other.keys.get(class.key));
            self.number(Class { key, ..*class })
        };
        other.all.iter().map(number).collect()
    }
}

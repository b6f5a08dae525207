//! Stacks that tell the same, numbered.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::BlockedOn;

use super::steps::Steps;

/// What is told of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Class {
    /// The number of what its frames tell.
    pub(super) end: u32,
    /// What it is blocked on, as far as frames tell.
    pub(super) blocked_on: Option<BlockedOn>,
    /// What a library's function at the leaf blocks on, where nothing else tells.
    pub(super) in_library: Option<BlockedOn>,
    pub(super) cut: bool,
    pub(super) elided: bool,
    /// Passes the filter of frames.
    pub(super) kept: bool,
}

/// No class has this number.
const NONE: u32 = u32::MAX;

/// The classes of stacks.
#[derive(Default)]
pub(super) struct Classes {
    pub(super) steps: Steps,
    pub(super) all: Vec<Class>,
    /// The first class of each end, or [`NONE`]: most have no other.
    first: Vec<u32>,
    others: HashMap<Class, u32, RandomState>,
}

impl Classes {
    /// The number of a class.
    #[inline]
    pub(super) fn number(&mut self, class: Class) -> u32 {
        let next = self.all.len() as u32;
        let end = class.end as usize;
        if self.first.len() <= end {
            self.first.resize(end + 1, NONE);
        }
        let first = &mut self.first[end];
        let number = match self.all.get(*first as usize) {
            Some(known) if *known == class => return *first,
            Some(_) => *self.others.entry(class).or_insert(next),
            None => {
                *first = next;
                next
            }
        };
        if number == next {
            self.all.push(class);
        }
        number
    }
}

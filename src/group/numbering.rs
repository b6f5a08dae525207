//! Stacks that tell the same, numbered.

use crate::model::BlockedOn;
use crate::model::Ways;

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

/// The classes of stacks.
#[derive(Default)]
pub(super) struct Classes {
    pub(super) steps: Steps,
    pub(super) all: Vec<Class>,
    /// From the end of a class to its number.
    numbers: Ways<Class>,
}

impl Classes {
    /// The number of a class.
    #[inline]
    pub(super) fn number(&mut self, class: Class) -> u32 {
        self.numbers.get(class.end, class).unwrap_or_else(|| {
            let next = self.all.len() as u32;
            self.numbers.insert(class.end, class, next);
            self.all.push(class);
            next
        })
    }
}

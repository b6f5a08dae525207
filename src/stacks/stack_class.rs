//! Stacks that tell the same, numbered.

use crate::model::BlockedOn;
use crate::storage::TransitionMap;

use super::trie::StackTrie;

/// What is told of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StackClass {
    /// The number of what its frames tell.
    pub(crate) end: u32,
    /// What it is blocked on, as far as frames tell.
    pub(crate) blocked_on: Option<BlockedOn>,
    /// What a library's function at the leaf blocks on, where nothing else tells.
    pub(crate) in_library: Option<BlockedOn>,
    pub(crate) cut: bool,
    pub(crate) elided: bool,
    /// Passes the filter of frames.
    pub(crate) kept: bool,
}

/// The classes of stacks.
#[derive(Default)]
pub(crate) struct StackClassInterner {
    pub(crate) steps: StackTrie,
    pub(crate) all: Vec<StackClass>,
    /// From the end of a class to its number.
    numbers: TransitionMap<StackClass>,
}

impl StackClassInterner {
    /// The number of a class.
    #[inline]
    pub(crate) fn number(&mut self, class: StackClass) -> u32 {
        self.numbers.get(class.end, class).unwrap_or_else(|| {
            let next = self.all.len() as u32;
            self.numbers.insert(class.end, class, next);
            self.all.push(class);
            next
        })
    }
}

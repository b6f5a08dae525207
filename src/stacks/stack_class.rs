//! Classes of stacks that say the same.

use crate::model::BlockedOn;
use crate::storage::TransitionMap;

/// What a stack says. Stacks of one class differ only in frames that do not count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StackClass {
    /// The id of what its visible frames say.
    pub(super) summary: u32,
    /// What it is blocked on, inferred from its frames.
    pub(super) blocked_on: Option<BlockedOn>,
    /// What the library function at its leaf blocks on, if `blocked_on` is `None`.
    pub(super) blocked_in_library: Option<BlockedOn>,
    pub(super) cut: bool,
    pub(super) elided: bool,
    /// Whether the frame filters keep the stack.
    pub(super) kept: bool,
}

/// The distinct classes of stacks, each with an id.
#[derive(Default)]
pub(super) struct StackClassInterner {
    pub(super) all: Vec<StackClass>,
    /// From a summary to the classes that have it, which is usually one.
    ids: TransitionMap<StackClass>,
}

impl StackClassInterner {
    /// The id of a class; adds the class if it is new.
    #[inline]
    pub(super) fn intern(&mut self, class: StackClass) -> u32 {
        self.ids.get(class.summary, class).unwrap_or_else(|| {
            let id = self.all.len() as u32;
            self.ids.insert(class.summary, class, id);
            self.all.push(class);
            id
        })
    }
}

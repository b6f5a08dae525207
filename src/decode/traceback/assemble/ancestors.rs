//! The ancestors of a goroutine: sections below it that Go writes with `GODEBUG=tracebackancestors=N`.
//!
//! Source: `runtime/traceback.go`, `printAncestorTraceback`.

use std::hash::Hash;
use std::hash::Hasher;
use std::num::NonZeroU64;

use super::Assembler;
use super::goroutine::OpenGoroutine;
use crate::model::Ancestor;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::StackTable;

/// What was read of a goroutine and of its ancestors, while an ancestor is being read.
pub(super) struct Lineage {
    /// What was read of the goroutine itself.
    own: StackPart,
    ancestors: Vec<Ancestor>,
    /// The id of the ancestor that is being read.
    id: Option<NonZeroU64>,
}

/// The parts of an [`OpenGoroutine`] that an ancestor has too.
struct StackPart {
    frames: Vec<FrameId>,
    spawn: Option<Frame>,
    cut: bool,
    elided_after: Option<u32>,
}

impl StackPart {
    fn take(open: &mut OpenGoroutine, frames: &mut Vec<FrameId>) -> Self {
        StackPart {
            frames: std::mem::take(frames),
            spawn: open.spawn.take(),
            cut: std::mem::take(&mut open.cut),
            elided_after: open.elided_after.take(),
        }
    }

    fn into_ancestor(self, id: Option<NonZeroU64>, stacks: &StackTable) -> Ancestor {
        let frames = self.frames.iter().map(|id| stacks.frame(*id)).collect();
        Ancestor { id, frames, cut: self.cut, spawn: self.spawn }
    }
}

/// The stacks of ancestors, without their ids, which differ from goroutine to goroutine.
pub(super) struct AncestorStacks<'a>(pub(super) &'a [Ancestor]);

impl AncestorStacks<'_> {
    fn parts(&self) -> impl Iterator<Item = (&[Frame], bool, Option<Frame>)> {
        self.0.iter().map(|it| (&*it.frames, it.cut, it.spawn))
    }
}

impl PartialEq for AncestorStacks<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.parts().eq(other.parts())
    }
}

impl Hash for AncestorStacks<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().for_each(|it| it.hash(state));
    }
}

impl Assembler<'_> {
    /// Begins an ancestor of the current goroutine: the frames and the creator that follow are the ancestor's.
    pub(in super::super) fn begin_ancestor(&mut self, id: Option<NonZeroU64>) {
        self.finish_pending();
        self.wrapped.clear();
        let Assembler { open: Some(open), frames, profile, .. } = self else { return };
        let part = StackPart::take(open, frames);
        match &mut open.lineage {
            Some(lineage) => {
                lineage.ancestors.push(part.into_ancestor(lineage.id, &profile.stacks));
                lineage.id = id;
            }
            None => open.lineage = Some(Box::new(Lineage { own: part, ancestors: Vec::new(), id })),
        }
    }

    /// Ends the last ancestor of a goroutine; its own frames become the current ones again. Returns all its ancestors.
    pub(super) fn end_ancestors(&mut self, open: &mut OpenGoroutine) -> Box<[Ancestor]> {
        let Some(lineage) = open.lineage.take() else { return Box::default() };
        let Lineage { own, mut ancestors, id } = *lineage;
        let last = StackPart::take(open, &mut self.frames);
        ancestors.push(last.into_ancestor(id, &self.profile.stacks));
        let StackPart { frames, spawn, cut, elided_after } = own;
        self.frames = frames;
        (open.spawn, open.cut, open.elided_after) = (spawn, cut, elided_after);
        ancestors.into_boxed_slice()
    }
}

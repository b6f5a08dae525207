//! The ancestors of a goroutine: sections below it that Go writes with `GODEBUG=tracebackancestors=N`.
//!
//! Source: `runtime/traceback.go`, `printAncestorTraceback`.

use std::num::NonZeroU64;

use super::Assembler;
use super::goroutine::Lineage;
use super::goroutine::OpenGoroutine;
use super::goroutine::StackPart;
use crate::model::Ancestor;

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

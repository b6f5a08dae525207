//! What the visible frames of a stack say.

use crate::model::FrameId;
use crate::storage::Interner;
use crate::storage::SliceInterner;

use super::frame_info::FrameSummary;
use super::recursion::CollapsedId;
use super::recursion::RecursionCollapser;
use super::visible::OptionalId;
use super::visible::visit_visible;

/// What the visible frames of a stack say. Stacks with equal summaries share one, by its id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct StackSummary {
    /// The id of its key: the keys of its visible frames, with recursion collapsed.
    pub(super) key: u32,
    pub(super) leaf: OptionalId,
    /// The first frame that is neither of Go's runtime nor of its standard library.
    pub(super) site: OptionalId,
    /// The function that the `go` statement started: the outermost frame that is not of a spawn helper.
    pub(super) started: OptionalId,
    pub(super) entry: OptionalId,
}

/// The summary of a stack as far as its frames were visited.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct PartialSummary {
    key: CollapsedId,
    leaf: OptionalId,
    site: OptionalId,
    started: OptionalId,
}

impl PartialSummary {
    pub(super) fn include(
        &mut self,
        frame: FrameId,
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) {
        let (summary, id) = (&summaries[frame.0 as usize], OptionalId::some(frame.0));
        self.key = collapser.push(self.key, summary.key);
        if self.leaf == OptionalId::NONE {
            self.leaf = id;
        }
        if summary.third_party && self.site == OptionalId::NONE {
            self.site = id;
        }
        if !summary.spawn_helper {
            self.started = id;
        }
    }
}

#[derive(Default)]
pub(super) struct SummaryInterner {
    pub(super) collapser: RecursionCollapser,
    pub(super) summaries: Interner<StackSummary>,
    pub(super) keys: SliceInterner<u32>,
    scratch: Vec<u32>,
}

impl SummaryInterner {
    /// The id of the summary of a whole stack whose last visible frame is `entry`.
    pub(super) fn intern(&mut self, all: PartialSummary, entry: Option<FrameId>) -> u32 {
        let PartialSummary { key, leaf, site, started } = all;
        self.scratch.clear();
        self.collapser.extend_keys(key, &mut self.scratch);
        let entry = entry.map_or(OptionalId::NONE, |frame| OptionalId::some(frame.0));
        let key = self.keys.intern(&self.scratch);
        self.summaries.intern(StackSummary { key, leaf, site, started, entry })
    }

    pub(super) fn intern_frames(&mut self, frames: &[FrameId], summaries: &[FrameSummary]) -> u32 {
        let (mut all, mut entry) = (PartialSummary::default(), None);
        visit_visible(frames, summaries, |frame| {
            all.include(frame, summaries, &mut self.collapser);
            entry = Some(frame);
        });
        self.intern(all, entry)
    }
}

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
    leaf: OptionalId,
    site: OptionalId,
    started: OptionalId,
    entry: OptionalId,
}

impl StackSummary {
    /// The innermost frame.
    pub(super) fn leaf(&self) -> Option<FrameId> {
        self.leaf.frame()
    }

    /// The first frame that is neither of Go's runtime nor of its standard library.
    pub(super) fn site(&self) -> Option<FrameId> {
        self.site.frame()
    }

    /// The function that the `go` statement started: the outermost frame that is not of a spawn helper.
    pub(super) fn started(&self) -> Option<FrameId> {
        self.started.frame()
    }

    /// The outermost frame.
    pub(super) fn entry(&self) -> Option<FrameId> {
        self.entry.frame()
    }
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
    /// Adds the next visible frame.
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

/// The distinct summaries and keys of stacks.
#[derive(Default)]
pub(super) struct SummaryInterner {
    pub(super) collapser: RecursionCollapser,
    summaries: Interner<StackSummary>,
    keys: SliceInterner<u32>,
    scratch: Vec<u32>,
}

impl SummaryInterner {
    /// A summary by its id.
    pub(super) fn get(&self, id: u32) -> &StackSummary {
        &self.summaries.all()[id as usize]
    }

    /// The parts of a key, by the id of the key.
    pub(super) fn key(&self, id: u32) -> &[u32] {
        self.keys.get(id)
    }

    /// The number of keys; their ids are `0..keys_len`.
    pub(super) fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// Reserves capacity for `keys` keys of usual length.
    pub(super) fn reserve(&mut self, keys: usize) {
        self.keys.reserve(keys, 8 * keys);
    }

    /// Frees the parts of all keys. Their ids stay valid.
    pub(super) fn drop_keys(&mut self) {
        self.keys = SliceInterner::default();
    }

    /// The id of the summary of a whole stack whose last visible frame is `entry`.
    pub(super) fn intern(&mut self, all: PartialSummary, entry: Option<FrameId>) -> u32 {
        let PartialSummary { key, leaf, site, started } = all;
        self.scratch.clear();
        self.collapser.extend_keys(key, &mut self.scratch);
        let entry = entry.map_or(OptionalId::NONE, |frame| OptionalId::some(frame.0));
        self.summaries.intern(StackSummary {
            key: self.keys.intern(&self.scratch),
            leaf,
            site,
            started,
            entry,
        })
    }

    /// The id of the summary of a stack of these frames.
    pub(super) fn intern_frames(&mut self, frames: &[FrameId], summaries: &[FrameSummary]) -> u32 {
        let (mut all, mut entry) = (PartialSummary::default(), None);
        visit_visible(frames, summaries, |frame| {
            all.include(frame, summaries, &mut self.collapser);
            entry = Some(frame);
        });
        self.intern(all, entry)
    }
}

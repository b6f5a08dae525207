//! Stacks as groups show them, made one after the other: of each only what the one before does not begin with is looked at.

use crate::model::FrameId;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::StackId;
use crate::stacks::CollapsedId;
use crate::stacks::RecursionCollapser;
use crate::storage::PrefixCursor;

use super::trie::FrameSummary;
use super::trie::Told;
use super::trie::each_shown;

/// Makes shown stacks.
#[derive(Default)]
pub(crate) struct DisplayStacks<'a> {
    /// The stack that was made last, and where it was behind each of its call sites.
    cursor: PrefixCursor<'a, At>,
    /// Frames that are kept, each with the number of the one before it; numbers count from 1, and 0 is none.
    frames: Vec<(FrameId, u32)>,
}

/// Where a stack is on its way.
#[derive(Clone, Copy, Default)]
struct At {
    told: Told,
    folded: CollapsedId,
    /// The number of the last frame that is kept.
    frame: u32,
    /// How many frames there were.
    frames: usize,
}

impl<'a> DisplayStacks<'a> {
    /// What recursion was folded to was forgotten: nothing of the last stack can be used again.
    pub(crate) fn forget(&mut self) {
        self.cursor = PrefixCursor::default();
    }

    /// The frames of a stack, leaf first, without plumbing and folded.
    pub(crate) fn whole(
        &mut self,
        profile: &'a Profile,
        id: StackId,
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) -> Vec<FrameId> {
        let stacks = &profile.stacks;
        self.cursor.advance(stacks.encoded().get(id.0 as usize));
        let mut at = self.cursor.top().unwrap_or_default();
        self.frames.truncate(at.frames);
        let mut rest = self.cursor.remaining();
        while let Some((location, after)) = LocationId::read(rest) {
            for frame in stacks.frames_of(location) {
                if let Some(shown) = at.told.pass(*frame, summaries) {
                    self.see(&mut at, shown, summaries, collapser);
                }
            }
            rest = after;
            at.frames = self.frames.len();
            self.cursor.push(rest, at);
        }
        match at.told.last() {
            Some(last) => self.see(&mut at, last, summaries, collapser),
            // Nothing but plumbing.
            None => stacks.frame_ids(id).for_each(|frame| self.see(&mut at, frame, summaries, collapser)),
        }
        self.kept(at, collapser)
    }

    /// The same of a part of a stack.
    pub(crate) fn part(
        &mut self,
        part: &[FrameId],
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) -> Vec<FrameId> {
        self.forget();
        self.frames.clear();
        let mut at = At::default();
        each_shown(part.iter().copied(), summaries, |frame| self.see(&mut at, frame, summaries, collapser));
        self.kept(at, collapser)
    }

    /// Takes in a frame that is shown.
    fn see(
        &mut self,
        at: &mut At,
        frame: FrameId,
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) {
        let before = collapser.len(at.folded);
        at.folded = collapser.push(at.folded, summaries[frame.0 as usize].key);
        let kept = collapser.len(at.folded);
        if kept > before {
            self.frames.push((frame, at.frame));
            at.frame = self.frames.len() as u32;
        }
        // A cycle ends that stands there already.
        for _ in kept..before {
            at.frame = self.frames[at.frame as usize - 1].1;
        }
    }

    fn kept(&self, at: At, collapser: &RecursionCollapser) -> Vec<FrameId> {
        let mut frames = vec![FrameId(0); collapser.len(at.folded)];
        let mut next = at.frame;
        for place in frames.iter_mut().rev() {
            (*place, next) = self.frames[next as usize - 1];
        }
        frames
    }
}

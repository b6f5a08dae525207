//! Stacks as groups show them, made one after the other: of each only what the one before does not begin with is looked at.

use crate::facts::Folded;
use crate::facts::Folds;
use crate::model::FrameId;
use crate::model::Neighbours;
use crate::model::SiteId;
use crate::model::Snapshot;
use crate::model::StackId;

use super::steps::Brief;
use super::steps::Told;
use super::steps::each_shown;

/// Makes shown stacks.
#[derive(Default)]
pub(super) struct Shower<'a> {
    /// The stack that was made last, and where it was behind each of its call sites.
    neighbours: Neighbours<'a, At>,
    /// Frames that are kept, each with the number of the one before it; numbers count from 1, and 0 is none.
    frames: Vec<(FrameId, u32)>,
}

/// Where a stack is on its way.
#[derive(Clone, Copy, Default)]
struct At {
    told: Told,
    folded: Folded,
    /// The number of the last frame that is kept.
    frame: u32,
    /// How many frames there were.
    frames: usize,
}

impl<'a> Shower<'a> {
    /// What recursion was folded to was forgotten: nothing of the last stack can be used again.
    pub(super) fn forget(&mut self) {
        self.neighbours = Neighbours::default();
    }

    /// The frames of a stack, leaf first, without plumbing and folded.
    pub(super) fn whole(
        &mut self,
        snapshot: &'a Snapshot,
        id: StackId,
        briefs: &[Brief],
        folds: &mut Folds,
    ) -> Vec<FrameId> {
        let stacks = &snapshot.stacks;
        self.neighbours.follow(stacks.written().get(id.0 as usize));
        let mut at = self.neighbours.last().unwrap_or_default();
        self.frames.truncate(at.frames);
        let mut rest = self.neighbours.rest();
        while let Some((site, after)) = SiteId::read(rest) {
            for frame in stacks.frames_of(site) {
                if let Some(shown) = at.told.pass(*frame, briefs) {
                    self.see(&mut at, shown, briefs, folds);
                }
            }
            rest = after;
            at.frames = self.frames.len();
            self.neighbours.pass(rest, at);
        }
        match at.told.last() {
            Some(last) => self.see(&mut at, last, briefs, folds),
            // Nothing but plumbing.
            None => stacks.frame_ids(id).for_each(|frame| self.see(&mut at, frame, briefs, folds)),
        }
        self.kept(at, folds)
    }

    /// The same of a part of a stack.
    pub(super) fn part(&mut self, part: &[FrameId], briefs: &[Brief], folds: &mut Folds) -> Vec<FrameId> {
        self.forget();
        self.frames.clear();
        let mut at = At::default();
        each_shown(part.iter().copied(), briefs, |frame| self.see(&mut at, frame, briefs, folds));
        self.kept(at, folds)
    }

    /// Takes in a frame that is shown.
    fn see(&mut self, at: &mut At, frame: FrameId, briefs: &[Brief], folds: &mut Folds) {
        let before = folds.len(at.folded);
        at.folded = folds.push(at.folded, briefs[frame.0 as usize].key);
        let kept = folds.len(at.folded);
        if kept > before {
            self.frames.push((frame, at.frame));
            at.frame = self.frames.len() as u32;
        }
        // A cycle ends that stands there already.
        for _ in kept..before {
            at.frame = self.frames[at.frame as usize - 1].1;
        }
    }

    fn kept(&self, at: At, folds: &Folds) -> Vec<FrameId> {
        let mut frames = vec![FrameId(0); folds.len(at.folded)];
        let mut next = at.frame;
        for place in frames.iter_mut().rev() {
            (*place, next) = self.frames[next as usize - 1];
        }
        frames
    }
}

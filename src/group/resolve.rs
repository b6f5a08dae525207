//! Stacks to classes: each stack is looked at once, and of each only what the one before did not begin with.

use std::cell::Cell;

use crate::facts::blocked_on_in_library;
use crate::facts::blocked_on_inferred;
use crate::model::BlockedOn;
use crate::model::FrameId;
use crate::model::Gap;
use crate::model::Neighbours;
use crate::model::Snapshot;
use crate::model::StackId;

use super::Names;
use super::filter::Kept;
use super::numbering::Class;
use super::numbering::Classes;
use super::stacks::Call;
use super::steps::Brief;
use super::steps::StepId;

/// Turns the stacks of a snapshot into classes.
pub(super) struct Resolver<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) calls: &'a [Call],
    pub(super) briefs: &'a [Brief],
    pub(super) names: &'a Names,
    pub(super) filter: &'a Kept,
    /// Whether the form shows the runtime's frames, so that their absence says something.
    pub(super) shows_runtime: bool,
}

/// What a stack is blocked on, as its leaf tells.
#[derive(Default)]
struct Waits {
    blocked_on: Option<BlockedOn>,
    in_library: Option<BlockedOn>,
    /// How many frames had to be asked for to know it.
    asked: usize,
}

impl Resolver<'_> {
    /// The class of each stack, in the order of their numbers, and what the classes are.
    pub(super) fn resolve(&self) -> (Vec<u32>, Classes) {
        let Resolver { snapshot, briefs, filter, .. } = *self;
        let (stacks, all) = (&snapshot.stacks, filter.lets_all_through());
        let mut classes = Classes::default();
        let mut neighbours = Neighbours::default();
        // What was told behind each call site of the stack that was looked at last.
        let mut steps: Vec<StepId> = Vec::new();
        let mut waits = Waits { asked: usize::MAX, ..Waits::default() };
        let mut room = Room::default();
        let class = |id: u32| {
            let id = StackId(id);
            let common = neighbours.follow(stacks.written(id));
            // A site stands for a frame at least.
            if common < waits.asked {
                waits = self.waits_of(id);
            }
            let mut end = None;
            if all {
                steps.truncate(common);
                let mut step = steps.last().copied().unwrap_or(StepId::BEGIN);
                while let Some(site) = neighbours.next_site() {
                    step = classes.steps.at_site(step, site, stacks.frames_of(site), briefs);
                    steps.push(step);
                }
                end = classes.steps.at_end(step, briefs);
            }
            let kept = end.is_some() || room.keep(snapshot, id, filter);
            let Gap { cut, elided_after } = stacks.gap(id);
            let end = end.unwrap_or_else(|| classes.steps.of_all(room.kept.iter().copied(), briefs));
            classes.number(Class {
                end,
                blocked_on: waits.blocked_on,
                in_library: waits.in_library,
                cut,
                elided: elided_after.is_some(),
                kept,
            })
        };
        let class_of = (0..stacks.len() as u32).map(class).collect();
        (class_of, classes)
    }

    /// What the frames of a stack tell of its wait.
    fn waits_of(&self, id: StackId) -> Waits {
        let asked = Cell::new(0);
        let (mut ids, mut at) = (self.snapshot.stacks.frame_ids(id), 0);
        let (names, calls, told) = (self.names, self.calls, &asked);
        let leaves = std::iter::from_fn(move || {
            at += 1;
            told.set(told.get().max(at));
            let call = &calls[ids.next()?.0 as usize];
            Some((call.leaf, names.function_name(call.frame.function)))
        });
        let blocked_on = blocked_on_inferred(leaves.clone(), self.shows_runtime).map(|fact| fact.value);
        let in_library = if blocked_on.is_none() { blocked_on_in_library(leaves) } else { None };
        Waits { blocked_on, in_library, asked: asked.get() }
    }
}

/// Room that is used again for each stack.
#[derive(Default)]
pub(super) struct Room {
    whole: Vec<FrameId>,
    pub(super) kept: Vec<FrameId>,
}

impl Room {
    /// Puts the frames of a stack that the filter leaves into `kept`; whether it keeps the stack at all.
    pub(super) fn keep(&mut self, snapshot: &Snapshot, id: StackId, filter: &Kept) -> bool {
        self.whole.clear();
        self.whole.extend(snapshot.stacks.frame_ids(id));
        self.kept.clear();
        filter.apply(&self.whole, &mut self.kept)
    }
}

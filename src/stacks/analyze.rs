//! Stacks to classes: each stack is looked at once, and as a rule only from where it parts from the one before.

use std::cell::Cell;

use crate::golang::blocked_on_in_library;
use crate::golang::blocked_on_inferred;
use crate::model::BlockedOn;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::StackId;
use crate::model::Truncation;
use crate::storage::PrefixCursor;

use super::SymbolTable;
use super::filter::FrameFilter;
use super::filter::Room;
use super::frame_info::Call;
use super::stack_class::StackClass;
use super::stack_class::StackClassInterner;
use super::trie::FrameSummary;
use super::trie::NodeId;

/// Turns the stacks of a snapshot into classes.
pub(crate) struct Resolver<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) calls: &'a [Call],
    pub(crate) summaries: &'a [FrameSummary],
    pub(crate) names: &'a SymbolTable,
    pub(crate) filter: &'a FrameFilter,
    /// Whether the form shows the runtime's frames, so that their absence says something.
    pub(crate) shows_runtime: bool,
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
    pub(crate) fn resolve(&self) -> (Vec<u32>, StackClassInterner) {
        let Resolver { profile, summaries, filter, .. } = *self;
        let stacks = &profile.stacks;
        let mut classes = StackClassInterner::default();
        classes.steps.reserve(stacks.len());
        // The stack that was looked at last, and what was told behind each of its call sites.
        let mut cursor: PrefixCursor<'_, NodeId> = PrefixCursor::default();
        let mut waits = Waits { asked: usize::MAX, ..Waits::default() };
        let mut room = Room::default();
        // Where hardly a step is made twice it is not worth its room.
        let mut by_steps = filter.lets_all_through();
        let all_written = stacks.encoded();
        let class = |id: u32| {
            let id = StackId(id);
            if classes.steps.is_full() {
                by_steps &= classes.steps.forget();
                cursor = PrefixCursor::default();
            }
            let encoded = all_written.get(id.0 as usize);
            let common = cursor.advance_with_hint(encoded, stacks.common(id));
            // A site stands for a frame at least.
            if common < waits.asked {
                waits = self.waits_of(id);
            }
            let mut end = None;
            if by_steps {
                let mut step = cursor.top().unwrap_or(NodeId::BEGIN);
                let mut rest = cursor.remaining();
                while let Some((site, after)) = LocationId::read(rest) {
                    step = classes.steps.child(step, site, stacks.frames_of(site), summaries);
                    rest = after;
                    cursor.push(rest, step);
                }
                end = classes.steps.at_end(step, summaries);
            }
            let kept = end.is_some() || room.keep(profile, id, filter);
            let Truncation { cut, elided_after } = stacks.truncation(id);
            let end = end.unwrap_or_else(|| classes.steps.of_all(&room.kept, summaries));
            classes.number(StackClass {
                end,
                blocked_on: waits.blocked_on,
                in_library: waits.in_library,
                cut,
                elided: elided_after.is_some(),
                kept,
            })
        };
        let class_of = (0..stacks.len() as u32).map(class).collect();
        classes.steps.settle();
        (class_of, classes)
    }

    /// What the frames of a stack tell of its wait.
    fn waits_of(&self, id: StackId) -> Waits {
        let asked = Cell::new(0);
        let (mut ids, mut at) = (self.profile.stacks.frame_ids(id), 0);
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

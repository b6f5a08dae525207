//! Stacks to classes: each stack is looked at once, and as a rule only from where it parts from the one before.

use std::cell::Cell;

use crate::facts::blocked_on_in_library;
use crate::facts::blocked_on_inferred;
use crate::model::BlockedOn;
use crate::model::Gap;
use crate::model::Neighbours;
use crate::model::SiteId;
use crate::model::Snapshot;
use crate::model::StackId;

use super::Names;
use super::filter::Kept;
use super::numbering::Class;
use super::numbering::Classes;
use super::filter::Room;
use super::frames::Call;
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
        let stacks = &snapshot.stacks;
        let mut classes = Classes::default();
        classes.steps.reserve(stacks.len());
        // The stack that was looked at last, and what was told behind each of its call sites.
        let mut neighbours: Neighbours<'_, StepId> = Neighbours::default();
        let mut waits = Waits { asked: usize::MAX, ..Waits::default() };
        let mut room = Room::default();
        // Where hardly a step is made twice it is not worth its room.
        let mut by_steps = filter.lets_all_through();
        let all_written = stacks.written();
        let class = |id: u32| {
            let id = StackId(id);
            if classes.steps.is_full() {
                by_steps &= classes.steps.forget();
                neighbours = Neighbours::default();
            }
            let written = all_written.get(id.0 as usize);
            let common = neighbours.follow_known(written, stacks.common(id));
            // A site stands for a frame at least.
            if common < waits.asked {
                waits = self.waits_of(id);
            }
            let mut end = None;
            if by_steps {
                let mut step = neighbours.last().unwrap_or(StepId::BEGIN);
                let mut rest = neighbours.rest();
                while let Some((site, after)) = SiteId::read(rest) {
                    step = classes.steps.at_site(step, site, stacks.frames_of(site), briefs);
                    rest = after;
                    neighbours.pass(rest, step);
                }
                end = classes.steps.at_end(step, briefs);
            }
            let kept = end.is_some() || room.keep(snapshot, id, filter);
            let Gap { cut, elided_after } = stacks.gap(id);
            let end = end.unwrap_or_else(|| classes.steps.of_all(&room.kept, briefs));
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
        classes.steps.settle();
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::collections::BTreeSet;

    use super::super::By;
    use super::super::Filter;
    use super::super::FilterPatterns;
    use super::super::ShownStack;
    use super::super::group;
    use super::*;
    use crate::facts::folded_plainly;
    use crate::model::FileId;
    use crate::model::Form;
    use crate::model::Frame;
    use crate::model::Kind;
    use crate::model::LabelSetId;
    use crate::model::Moment;
    use crate::model::Sample;

    const FUNCTIONS: u32 = 50;

    /// Stacks of functions by number, in a snapshot.
    fn snapshot(stacks: &[Vec<u32>]) -> Snapshot {
        let mut snapshot = Snapshot::new(Form::Pprof, Kind::Goroutine);
        snapshot.stacks.add_site(&[]);
        for number in 0..FUNCTIONS {
            let function = snapshot.symbols.intern_function(&format!("main.f{number:02}"));
            let frame = snapshot.stacks.intern_frame(Frame { function, file: FileId::NONE, line: 1 });
            snapshot.stacks.add_site(&[frame]);
        }
        for stack in stacks {
            let stack = snapshot.stacks.push(stack.iter().map(|number| SiteId(number + 1)));
            snapshot.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: 1 });
        }
        snapshot
    }

    /// Stacks in which a function calls one of `kinds` others (a linear congruential generator).
    fn stacks(count: usize, depth: usize, kinds: u32) -> Vec<Vec<u32>> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % kinds
        };
        (0..count).map(|_| (0..depth).map(|_| next()).collect()).collect()
    }

    #[test]
    fn groups_are_the_same_when_steps_were_forgotten() {
        let check = |stacks: &[Vec<u32>]| {
            let mut expected: BTreeMap<Vec<u32>, i128> = BTreeMap::new();
            for stack in stacks {
                *expected.entry(folded_plainly(stack.iter().copied())).or_default() += 1;
            }
            let (moment, by) = (Moment::counted(String::new(), snapshot(stacks)), By::default());
            // Where frames may be left away, steps are of no use.
            let patterns = FilterPatterns { hide: Some("other".to_owned()), ..FilterPatterns::default() };
            for filter in [Filter::default(), Filter::new(&patterns).expect("a pattern")] {
                let mut names = Names::default();
                let adopted = names.adopt(&moment, &by);
                let groups = group(&moment, adopted, &by, &filter, &names).groups;
                let number = |frame: Frame| names.function_name(frame.function).get(6..)?.parse().ok();
                let shown = |stack: &ShownStack| {
                    stack.frames(&names).map(|it| number(it).expect("main.fNN")).collect()
                };
                let found: BTreeMap<Vec<u32>, i128> =
                    groups.iter().map(|group| (shown(&group.stack), group.count)).collect();
                assert_eq!(groups.len(), found.len());
                assert!(found == expected, "{} groups and not {}", found.len(), expected.len());
            }
        };
        // Hardly a step is made twice, and there are more than are kept.
        let mut all = stacks(3000, 40, FUNCTIONS);
        check(&all);
        all.sort();
        check(&all);
        // Steps are made again and again, and there are more than are kept.
        check(&stacks(30_000, 12, 3));
        check(&stacks(9000, 14, 4));
        // Neighbours have more in common than is kept of it.
        let begin = stacks(1, 300, FUNCTIONS).concat();
        let deep = stacks(400, 6, 3).into_iter().map(|end| [begin.clone(), end].concat());
        let mut all: Vec<Vec<u32>> = deep.collect();
        check(&all);
        all.sort();
        check(&all);
    }

    #[test]
    fn shown_stacks_do_not_depend_on_those_before() {
        // Plumbing at the leaf, two names of one function, a library's, and some that recur.
        let names = [
            "runtime.gopark",
            "internal/sync.(*Mutex).Lock",
            "sync.(*Mutex).Lock",
            "main.a",
            "main.b",
            "example.com/lib.c",
            "runtime.goexit",
        ];
        let shown = |stacks: &[Vec<u32>]| {
            let mut snapshot = Snapshot::new(Form::Pprof, Kind::Goroutine);
            snapshot.stacks.add_site(&[]);
            for (line, name) in (1..).zip(names) {
                let function = snapshot.symbols.intern_function(name);
                let frame = Frame { function, file: FileId::NONE, line };
                let frame = snapshot.stacks.intern_frame(frame);
                snapshot.stacks.add_site(&[frame]);
            }
            for stack in stacks {
                let stack = snapshot.stacks.push(stack.iter().map(|number| SiteId(number + 1)));
                snapshot.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: 1 });
            }
            let (moment, by, filter) =
                (Moment::counted(String::new(), snapshot), By::default(), Filter::default());
            let mut names = Names::default();
            let adopted = names.adopt(&moment, &by);
            let groups = group(&moment, adopted, &by, &filter, &names).groups;
            let frames = |stack: &ShownStack| stack.frames(&names).map(|it| it.line).collect::<Vec<_>>();
            groups.iter().map(|group| frames(&group.stack)).collect::<Vec<_>>()
        };
        let mut all: Vec<Vec<u32>> =
            [1, 3, 6, 12].into_iter().flat_map(|deep| stacks(300, deep, 7)).collect();
        let alone: BTreeSet<Vec<u32>> =
            all.iter().flat_map(|stack| shown(std::slice::from_ref(stack))).collect();
        // The second and the third are one to a group, which shows either.
        let alike = |stack: &Vec<u32>| stack.iter().map(|line| if *line == 2 { 3 } else { *line }).collect();
        let groups: BTreeSet<Vec<u32>> = alone.iter().map(alike).collect();
        for _ in 0..2 {
            let together = shown(&all);
            let other = together.iter().find(|stack| !alone.contains(*stack));
            assert_eq!((other, together.len()), (None, groups.len()));
            assert_eq!(together.iter().map(alike).collect::<BTreeSet<_>>().len(), groups.len());
            all.sort();
        }
    }
}

//! Groups of many generated stacks: neither caches nor the order of stacks makes a difference.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::By;
use super::Group;
use super::group;
use super::merge_symbols;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::Snapshot;
use crate::stacks::Filter;
use crate::stacks::FilterPatterns;
use crate::stacks::SymbolTable;
use crate::stacks::collapsed_by_reference;

/// The groups of stacks, which are given as indexes of function names: the frames that each group shows, in the same way, and its count.
fn groups(names: &[String], stacks: &[Vec<u32>], filter: &Filter) -> Vec<(Vec<u32>, i128)> {
    let mut profile = Profile::new(Form::PPROF, Kind::Goroutine);
    profile.stacks.add_location(&[]);
    for (line, name) in (0..).zip(names) {
        let function = profile.symbols.intern_function(name);
        let frame = profile.stacks.intern_frame(Frame { function, file: FileId::NONE, line });
        profile.stacks.add_location(&[frame]);
    }
    for stack in stacks {
        let stack = profile.stacks.push(stack.iter().map(|number| LocationId(number + 1)));
        profile.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: 1 });
    }
    let (snapshot, by) = (Snapshot::from_profile(String::new(), profile), By::default());
    let mut symbols = SymbolTable::default();
    let merged = merge_symbols(&mut symbols, &snapshot, &by);
    let groups = group(&snapshot, merged, &by, filter, &symbols).groups;
    let shown = |it: &Group| (it.stack.frames(&symbols).map(|frame| frame.line).collect(), it.count);
    groups.iter().map(shown).collect()
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
fn groups_are_the_same_after_the_trie_was_cleared() {
    let names: Vec<String> = (0..50).map(|number| format!("main.f{number}")).collect();
    let check = |stacks: &[Vec<u32>]| {
        let mut expected: BTreeMap<Vec<u32>, i128> = BTreeMap::new();
        for stack in stacks {
            *expected.entry(collapsed_by_reference(stack.iter().copied())).or_default() += 1;
        }
        // If frames may be hidden, the trie is not used.
        let patterns = FilterPatterns { hide: Some("other".to_owned()), ..FilterPatterns::default() };
        for filter in [Filter::default(), Filter::new(&patterns).expect("a pattern")] {
            let groups = groups(&names, stacks, &filter);
            let found: BTreeMap<Vec<u32>, i128> = groups.iter().cloned().collect();
            assert_eq!(groups.len(), found.len());
            assert!(found == expected, "{} groups and not {}", found.len(), expected.len());
        }
    };
    // Hardly any node is visited twice, and there are more than the trie can hold.
    let mut all = stacks(3000, 40, 50);
    check(&all);
    all.sort();
    check(&all);
    // Most nodes are visited often, and there are more than the trie can hold.
    check(&stacks(30_000, 12, 3));
    check(&stacks(9000, 14, 4));
    // Neighbours share more locations than the arena can record.
    let shared = stacks(1, 300, 50).concat();
    let deep = stacks(400, 6, 3).into_iter().map(|end| [shared.clone(), end].concat());
    let mut all: Vec<Vec<u32>> = deep.collect();
    check(&all);
    all.sort();
    check(&all);
}

#[test]
fn shown_stacks_do_not_depend_on_those_before() {
    // Frames of the runtime at the leaf, two names of one function, a library's frame, and recursion.
    let names = [
        "runtime.gopark",
        "internal/sync.(*Mutex).Lock",
        "sync.(*Mutex).Lock",
        "main.a",
        "main.b",
        "example.com/lib.c",
        "runtime.goexit",
    ];
    let names = names.map(str::to_owned);
    let shown = |stacks: &[Vec<u32>]| -> Vec<Vec<u32>> {
        groups(&names, stacks, &Filter::default()).into_iter().map(|(frames, _)| frames).collect()
    };
    let mut all: Vec<Vec<u32>> = [1, 3, 6, 12].into_iter().flat_map(|deep| stacks(300, deep, 7)).collect();
    let alone: BTreeSet<Vec<u32>> = all.iter().flat_map(|stack| shown(std::slice::from_ref(stack))).collect();
    // The second and the third have the same identity, and a group may show either.
    let alike = |stack: &Vec<u32>| stack.iter().map(|frame| if *frame == 1 { 2 } else { *frame }).collect();
    let groups: BTreeSet<Vec<u32>> = alone.iter().map(alike).collect();
    for _ in 0..2 {
        let together = shown(&all);
        let other = together.iter().find(|stack| !alone.contains(*stack));
        assert_eq!((other, together.len()), (None, groups.len()));
        assert_eq!(together.iter().map(alike).collect::<BTreeSet<_>>().len(), groups.len());
        all.sort();
    }
}

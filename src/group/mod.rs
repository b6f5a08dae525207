//! Snapshots to groups: one hash pass over the samples of one moment.
//!
//! **Invariant:** a group is known by names, never by addresses, so that it is the same in every form, build and Go
//! version. Nothing here compares moments, and nothing fails.

mod by;
mod facts;
mod filter;
mod fingerprint;
mod heap;
mod key;
mod names;
mod stacks;

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::Moment;
use crate::model::Sample;
use crate::model::Snapshot;
use facts::stated_facts;
use key::Keys;
use stacks::Stacks;

pub use by::By;
pub use by::Dimension;
pub use by::Granularity;
pub use facts::Facts;
pub use facts::LabelKey;
pub use facts::Tally;
pub use filter::Filter;
pub use filter::FilterError;
pub use filter::FilterPatterns;
pub use fingerprint::Fingerprint;
pub use heap::ColumnHeap;
pub use heap::adopt_heap;
pub use key::Key;
pub use names::Names;
pub use stacks::ShownStack;

/// The groups of one moment.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// Each group once, in no order.
    pub groups: Vec<Group>,
    /// Goroutines that passed the filter.
    pub total: i128,
    /// Different stacks that passed the filter, by name.
    pub stacks_unique: usize,
}

/// Samples with the same key.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: Key,
    /// How many goroutines.
    pub count: i128,
    /// The stack of the most goroutines among them; of its frames, the one that names the group where it is not grouped
    /// by stack.
    pub stack: ShownStack,
    /// What the forms tell of them.
    pub facts: Facts,
}

/// Groups the goroutines of one moment. Names are kept in `names`, which all moments of a series share.
pub fn group(moment: &Moment, by: &By, filter: &Filter, names: &mut Names) -> Grouping {
    let mut pass = Pass { keys: Keys::new(by), grouping: Grouping::default(), index: HashMap::default() };
    let mut stacks = Stacks::new(&moment.counts, by, filter, names);
    pass.count(&moment.counts, &mut stacks, by, filter, names);
    let alone = moment.traceback.is_none();
    pass.facts(&moment.counts, &mut stacks, by, filter, names, alone);
    if let Some(traceback) = &moment.traceback {
        let mut stacks = Stacks::new(traceback, by, filter, names);
        pass.facts(traceback, &mut stacks, by, filter, names, true);
    }
    if let Some(proof) = &moment.proof {
        pass.prove(proof, by, filter, names);
    } else if moment.counts.kind == crate::model::Kind::GoroutineLeak && moment.counts.states.is_empty() {
        // The profile lists the proven ones and no others.
        for group in &mut pass.grouping.groups {
            group.facts.proven = Some(group.count);
        }
    }
    pass.grouping
}

struct Pass {
    keys: Keys,
    grouping: Grouping,
    index: HashMap<Key, usize, RandomState>,
}

impl Pass {
    /// Makes the groups and counts.
    fn count(
        &mut self,
        snapshot: &Snapshot,
        stacks: &mut Stacks,
        by: &By,
        filter: &Filter,
        names: &mut Names,
    ) {
        let mut best: Vec<i64> = Vec::new();
        let mut seen = vec![false; stacks.keys_len()];
        for sample in &snapshot.samples {
            if !stacks.passes(snapshot, sample, filter) {
                continue;
            }
            let count = i128::from(sample.count);
            self.grouping.total += count;
            if let Some(seen) = seen.get_mut(stacks.key_number(sample.stack))
                && !std::mem::replace(seen, true)
            {
                self.grouping.stacks_unique += 1;
            }
            for (key, frame) in self.keys.of(snapshot, sample, by, stacks, names) {
                let next = self.grouping.groups.len();
                let index = *self.index.entry(key.clone()).or_insert(next);
                if index == next {
                    let stack = stacks.shown(sample.stack, frame);
                    self.grouping.groups.push(Group { key, count, stack, facts: Facts::default() });
                    best.push(sample.count);
                    continue;
                }
                let group = &mut self.grouping.groups[index];
                group.count += count;
                group.stack.cut |= stacks.is_cut(sample.stack);
                // The stack of the most goroutines stands for the group; of equals the first in order of lines.
                if sample.count >= best[index] {
                    let stack = stacks.shown(sample.stack, frame);
                    let earlier = sample.count == best[index] && stack.frames >= group.stack.frames;
                    if !earlier {
                        let cut = group.stack.cut;
                        group.stack = ShownStack { cut: stack.cut | cut, ..stack };
                        best[index] = sample.count;
                    }
                }
            }
        }
    }

    /// Adds what a snapshot tells of groups that are there. `stated` says whether its states are wanted, or only what
    /// its stacks and labels say.
    fn facts(
        &mut self,
        snapshot: &Snapshot,
        stacks: &mut Stacks,
        by: &By,
        filter: &Filter,
        names: &mut Names,
        stated: bool,
    ) {
        for sample in &snapshot.samples {
            if !stacks.passes(snapshot, sample, filter) {
                continue;
            }
            let told = stated_facts(snapshot, sample, stacks, names);
            for (key, _) in self.keys.of(snapshot, sample, by, stacks, names) {
                if let Some(&index) = self.index.get(&key) {
                    self.grouping.groups[index].facts.add(snapshot, sample, &told, stated);
                }
            }
        }
        for group in &mut self.grouping.groups {
            group.facts.finish_labels(snapshot);
        }
    }

    /// Lays the goroutines that the collector proved leaked on the groups.
    fn prove(&mut self, proof: &Snapshot, by: &By, filter: &Filter, names: &mut Names) {
        for group in &mut self.grouping.groups {
            group.facts.proven = Some(0);
        }
        let mut stacks = Stacks::new(proof, by, filter, names);
        let proven = |sample: &Sample| match proof.state(sample) {
            Some(state) => state.leaked,
            None => true,
        };
        for sample in proof.samples.iter().filter(|sample| proven(sample)) {
            if !stacks.passes(proof, sample, filter) {
                continue;
            }
            for (key, _) in self.keys.of(proof, sample, by, &mut stacks, names) {
                if let Some(&index) = self.index.get(&key) {
                    let facts = &mut self.grouping.groups[index].facts;
                    facts.proven = Some(facts.proven.unwrap_or(0) + i128::from(sample.count));
                }
            }
        }
    }
}

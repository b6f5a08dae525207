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
mod numbering;
mod seen;
mod stacks;
mod walk;

use crate::model::Kind;
use crate::model::Moment;
use crate::model::Sample;
use crate::model::StackId;
use facts::stated_facts;
use key::KeyOf;
use key::Keys;
use key::Naming;
use seen::Entry;
use seen::Seen;
use stacks::Room;

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
pub use key::KeyIndex;
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
    /// The stack of the largest sample among them; of its frames, the one that names the group where it is not grouped
    /// by stack.
    pub stack: ShownStack,
    /// What the forms tell of them.
    pub facts: Box<Facts>,
}

/// Groups the goroutines of one moment. Names are kept in `names`, which all moments of a series share.
pub fn group(moment: &Moment, by: &By, filter: &Filter, names: &mut Names) -> Grouping {
    let keys = Keys::new(by);
    let of = keys.of();
    let mut pass = Pass { keys, names, grouping: Grouping::default(), index: KeyIndex::default() };
    let mut counts = Seen::new(&moment.counts, by, filter, of, pass.names, |_| true);
    pass.count(&mut counts);
    pass.facts(&mut counts, moment.traceback.is_none());
    drop(counts);
    if let Some(traceback) = &moment.traceback {
        let mut seen = Seen::new(traceback, by, filter, of, pass.names, |_| true);
        pass.facts(&mut seen, true);
    }
    if let Some(proof) = &moment.proof {
        let proven = |sample: &Sample| proof.state(sample).is_none_or(|state| state.leaked);
        let mut seen = Seen::new(proof, by, filter, of, pass.names, proven);
        pass.prove(&mut seen);
    } else if moment.counts.kind == Kind::GoroutineLeak && moment.counts.states.is_empty() {
        // The profile lists the proven ones and no others.
        for group in &mut pass.grouping.groups {
            group.facts.proven = Some(group.count);
        }
    }
    pass.grouping
}

struct Pass<'a> {
    keys: Keys<'a>,
    names: &'a mut Names,
    grouping: Grouping,
    index: KeyIndex,
}

/// The stack of the largest sample of a group so far.
#[derive(Clone, Copy)]
struct Best {
    count: i64,
    stack: StackId,
    naming: Naming,
}

impl Pass<'_> {
    /// Makes the groups and counts.
    fn count(&mut self, seen: &mut Seen<'_>) {
        let mut best: Vec<Best> = Vec::new();
        let mut keys_seen = vec![false; seen.stacks.keys_len()];
        for entry in std::mem::take(&mut seen.entries) {
            let Some(sample) = seen.snapshot.samples.get(entry.sample as usize) else { continue };
            seen.entries.push(entry);
            self.grouping.total += i128::from(entry.count);
            if let Some(known) = keys_seen.get_mut(seen.stacks.key_number(sample.stack)) {
                self.grouping.stacks_unique += usize::from(!std::mem::replace(known, true));
            }
            if seen.of == KeyOf::StackKey
                && let Some(at) = seen.group_of(sample.stack)
            {
                self.count_in(at, sample, entry, None, seen, &mut best);
                continue;
            }
            let Pass { keys, names, grouping, index } = self;
            let mut found: Vec<(usize, Naming)> = Vec::new();
            keys.each(seen.snapshot, sample, &seen.stacks, names, |parts, naming| {
                let groups = &mut grouping.groups;
                let at = index.find_parts(parts, |at| &groups[at].key).unwrap_or_else(|| {
                    let (stack, facts) = (ShownStack::default(), Box::default());
                    groups.push(Group { key: Key::new(parts), count: 0, stack, facts });
                    index.add(groups.len() - 1, |at| &groups[at].key);
                    groups.len() - 1
                });
                found.push((at, naming));
            });
            for (at, naming) in found {
                seen.remember(sample.stack, at);
                self.count_in(at, sample, entry, naming, seen, &mut best);
            }
        }
        let mut room = Room::default();
        for (group, best) in self.grouping.groups.iter_mut().zip(best) {
            let cut = group.stack.cut;
            let stack = seen.stacks.shown(seen.snapshot, best.stack, best.naming, &mut room);
            group.stack = ShownStack { cut: stack.cut | cut, ..stack };
        }
    }

    /// Counts goroutines in a group.
    fn count_in(
        &mut self,
        at: usize,
        sample: &Sample,
        entry: Entry,
        naming: Naming,
        seen: &Seen<'_>,
        best: &mut Vec<Best>,
    ) {
        let group = &mut self.grouping.groups[at];
        let count = entry.most;
        group.count += i128::from(entry.count);
        let Some(before) = best.get_mut(at) else {
            group.stack.cut = naming.is_none() && seen.stacks.is_cut(sample.stack);
            best.push(Best { count, stack: sample.stack, naming });
            return;
        };
        group.stack.cut |= naming.is_none() && seen.stacks.is_cut(sample.stack);
        // The stack of the largest sample stands for the group; of equals the first in order of lines.
        let earlier = || match (naming, before.naming) {
            (None, _) => seen.stacks.is_before(seen.snapshot, sample.stack, before.stack),
            (Some(frame), known) => Some(frame) < known,
        };
        if count > before.count || (count == before.count && earlier()) {
            *before = Best { count, stack: sample.stack, naming };
        }
    }

    /// Adds what a snapshot tells of groups that are there. `stated` says whether its states are wanted, or only what
    /// its stacks and labels say.
    fn facts(&mut self, seen: &mut Seen<'_>, stated: bool) {
        let snapshot = seen.snapshot;
        let mut found = Vec::new();
        // Stacks of one kind tell the same: those of a group are told together.
        let mut alike: Vec<Option<Entry>> = vec![None; self.grouping.groups.len()];
        for entry in &seen.entries {
            let Some(sample) = snapshot.samples.get(entry.sample as usize) else { continue };
            if sample.detail.is_none()
                && let Some(at) = seen.group_of(sample.stack)
                && let Some(slot) = alike.get_mut(at)
            {
                let kind = |entry: &Entry| {
                    let sample = snapshot.samples.get(entry.sample as usize);
                    sample.map(|sample| seen.stacks.kind(sample.stack))
                };
                match slot {
                    Some(first) if kind(first) == Some(seen.stacks.kind(sample.stack)) => {
                        if let Some(sum) = first.count.checked_add(entry.count) {
                            first.count = sum;
                            continue;
                        }
                    }
                    Some(_) => {}
                    None => {
                        *slot = Some(*entry);
                        continue;
                    }
                }
            }
            let told = stated_facts(snapshot, sample, &seen.stacks, self.names);
            self.groups_of(seen, sample, &mut found);
            for &at in &found {
                let facts = &mut self.grouping.groups[at].facts;
                facts.add(snapshot, sample, entry.count, &told, stated);
            }
        }
        for (at, entry) in alike.into_iter().enumerate() {
            let Some(entry) = entry else { continue };
            let Some(sample) = snapshot.samples.get(entry.sample as usize) else { continue };
            let told = stated_facts(snapshot, sample, &seen.stacks, self.names);
            self.grouping.groups[at].facts.add(snapshot, sample, entry.count, &told, stated);
        }
        if snapshot.labels.len() > 1 {
            for sample in &snapshot.samples {
                if seen.passes(sample) {
                    self.groups_of(seen, sample, &mut found);
                    for &at in &found {
                        self.grouping.groups[at].facts.add_labels(sample);
                    }
                }
            }
        }
        for group in &mut self.grouping.groups {
            group.facts.finish_labels(snapshot);
        }
    }

    /// The groups of a sample that are there.
    fn groups_of(&mut self, seen: &Seen<'_>, sample: &Sample, found: &mut Vec<usize>) {
        found.clear();
        if let Some(at) = seen.group_of(sample.stack) {
            found.push(at);
            return;
        }
        let Pass { keys, names, grouping, index } = self;
        keys.each(seen.snapshot, sample, &seen.stacks, names, |parts, _| {
            found.extend(index.find_parts(parts, |at| &grouping.groups[at].key));
        });
    }

    /// Lays the goroutines that the collector proved leaked on the groups.
    fn prove(&mut self, seen: &mut Seen<'_>) {
        for group in &mut self.grouping.groups {
            group.facts.proven = Some(0);
        }
        let mut found = Vec::new();
        for entry in &seen.entries {
            let Some(sample) = seen.snapshot.samples.get(entry.sample as usize) else { continue };
            self.groups_of(seen, sample, &mut found);
            for &at in &found {
                let facts = &mut self.grouping.groups[at].facts;
                facts.proven = Some(facts.proven.unwrap_or(0) + i128::from(entry.count));
            }
        }
    }
}

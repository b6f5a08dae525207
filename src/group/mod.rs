//! Snapshots to groups: one hash pass over the samples of one moment.
//!
//! **Invariant:** a group is known by names, never by addresses, so that it is the same in every form, build and Go
//! version. Nothing here compares moments, and nothing fails.

mod by;
mod facts;
mod filter;
mod fingerprint;
mod frames;
mod heap;
mod key;
mod known;
mod labels;
mod names;
mod numbering;
mod resolve;
mod seen;
mod shown;
mod stacks;
mod steps;

use crate::model::Kind;
use crate::model::Moment;
use crate::model::Record;
use crate::model::Sample;
use facts::KnownState;
use facts::stated_facts;
use key::KeyOf;
use key::Keys;
use key::Naming;
use labels::LabelSums;
use names::AdoptedSnapshot;
use seen::Entry;
use seen::Seen;
use seen::is_before;
use shown::Shower;

pub use by::By;
pub use by::Dimension;
pub use by::Granularity;
pub use facts::Facts;
pub use facts::LabelKey;
pub use facts::Labels;
pub use facts::Stated;
pub use facts::Tally;
pub use filter::Filter;
pub use filter::FilterError;
pub use filter::FilterPatterns;
pub use fingerprint::Fingerprint;
pub use heap::ColumnHeap;
pub use heap::adopt_heap;
pub use key::Key;
pub use key::KeyIndex;
pub use known::KnownCounts;
pub use known::KnownStacks;
pub use names::Adopted;
pub use names::Names;
pub use stacks::ShownStack;

/// The groups of one moment.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// Each group once, in no order.
    pub groups: Vec<Group>,
    /// Where the group of a key stands among them.
    pub index: KeyIndex,
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
    /// by stack. Empty where `facts` is `None`.
    pub stack: ShownStack,
    /// What the forms tell of them; `None` where that was not asked for.
    pub facts: Option<Box<Facts>>,
}

/// Groups the goroutines of one moment, whose names were taken in: see [`Names::adopt`].
pub fn group(moment: &Moment, adopted: Adopted, by: &By, filter: &Filter, names: &Names) -> Grouping {
    count(moment, adopted, by, filter, names).tell(|_| true)
}

/// As [`group`], but what the forms tell of each group is left to be asked for.
pub fn count<'a>(
    moment: &'a Moment,
    adopted: Adopted,
    by: &'a By,
    filter: &'a Filter,
    names: &'a Names,
) -> Counted<'a> {
    let keys = Keys::new(by);
    let of = keys.of();
    let Adopted { counts, traceback, proof } = adopted;
    let mut pass = Pass { keys, names, grouping: Grouping::default() };
    let mut seen = Seen::new(&moment.counts, counts, by, filter, of, names, |_| true);
    let best = pass.count(&mut seen);
    Counted { moment, by, filter, traceback, proof, pass, seen, best }
}

/// The groups of one moment with their counts.
pub struct Counted<'a> {
    moment: &'a Moment,
    by: &'a By,
    filter: &'a Filter,
    traceback: Option<AdoptedSnapshot>,
    proof: Option<AdoptedSnapshot>,
    pass: Pass<'a>,
    seen: Seen<'a>,
    best: Vec<Best>,
}

impl Counted<'_> {
    /// The groups. Nothing but their keys and counts is known.
    pub fn groups(&self) -> &[Group] {
        &self.pass.grouping.groups
    }

    /// Takes what tells where the group of a key stands among them: the [`Grouping`] may have none then.
    pub fn take_index(&mut self) -> KeyIndex {
        let index = &mut self.pass.grouping.index;
        // Where stacks alone tell the groups, and no other form is to be laid on them, nobody asks for it again.
        let by_stacks = self.seen.of == KeyOf::StackKey && self.traceback.is_none() && self.proof.is_none();
        if by_stacks { std::mem::take(index) } else { index.clone() }
    }

    /// Takes the facts of the groups that are wanted, by where they stand, and what is shown of them.
    pub fn tell(self, wanted: impl Fn(usize) -> bool) -> Grouping {
        let Counted { moment, by, filter, traceback, proof, mut pass, mut seen, best } = self;
        let (of, names) = (seen.of, pass.names);
        if of == KeyOf::StackKey {
            seen.stacks.let_keys_go();
        }
        let mut shower = Shower::default();
        for ((at, group), best) in pass.grouping.groups.iter_mut().enumerate().zip(best) {
            if wanted(at) {
                let cut = group.stack.cut;
                group.stack = seen.stacks.shown(seen.snapshot, best.sample.stack, best.naming, &mut shower);
                group.stack.cut |= cut;
            }
        }
        seen.stacks.let_folds_go();
        // Not before: they take the room of what was let go.
        for (at, group) in pass.grouping.groups.iter_mut().enumerate() {
            group.facts = wanted(at).then(Box::default);
        }
        if pass.grouping.groups.iter().all(|group| group.facts.is_none()) {
            return pass.grouping;
        }
        pass.facts(&seen, moment.traceback.is_none());
        drop(seen);
        if let (Some(traceback), Some(adopted)) = (&moment.traceback, traceback) {
            pass.facts(&Seen::new(traceback, adopted, by, filter, of, names, |_| true), true);
        }
        if let (Some(proof), Some(adopted)) = (&moment.proof, proof) {
            let proven = |record: &Record<'_>| proof.state(record).is_none_or(|state| state.leaked);
            pass.prove(&Seen::new(proof, adopted, by, filter, of, names, proven));
        } else if moment.counts.kind == Kind::GoroutineLeak && moment.counts.states.is_empty() {
            // The profile lists the proven ones and no others.
            for group in &mut pass.grouping.groups {
                if let Some(facts) = &mut group.facts {
                    facts.stated_mut().proven = Some(group.count);
                }
            }
        }
        pass.grouping
    }
}

struct Pass<'a> {
    keys: Keys<'a>,
    names: &'a Names,
    grouping: Grouping,
}

/// The sample whose stack stands for a group, so far, and what of it names the group.
struct Best {
    sample: Sample,
    naming: Naming,
}

impl Pass<'_> {
    /// Makes the groups and counts; the sample that each of them shows.
    fn count(&mut self, seen: &mut Seen<'_>) -> Vec<Best> {
        let mut best: Vec<Best> = Vec::new();
        let mut keys_seen = vec![false; seen.stacks.keys_len()];
        let mut found: Vec<(usize, Naming)> = Vec::new();
        if seen.of == KeyOf::StackKey {
            let most = seen.stacks.classes_len();
            self.grouping.groups.reserve(most);
            best.reserve(most);
            self.grouping.index = KeyIndex::with_capacity(most);
        }
        for at in 0..seen.entries.len() {
            let entry = seen.entries[at];
            self.grouping.total += i128::from(entry.count);
            let known = &mut keys_seen[seen.stacks.key_number(entry.record.sample.stack)];
            self.grouping.stacks_unique += usize::from(!std::mem::replace(known, true));
            if let (KeyOf::StackKey, Some(at)) = (seen.of, seen.group_of(entry.record.sample.stack)) {
                self.count_in(at, entry, None, seen, &mut best);
                continue;
            }
            let Pass { keys, names, grouping } = self;
            found.clear();
            keys.each(seen.snapshot, &entry.record, &seen.stacks, names, |parts, naming| {
                let Grouping { groups, index, .. } = &mut *grouping;
                let next = groups.len();
                let known = index.find_parts_or_add(parts, next, |at| &groups[at].key);
                let at = known.unwrap_or_else(|| {
                    let (key, stack) = (Key::new(parts), ShownStack::default());
                    groups.push(Group { key, count: 0, stack, facts: None });
                    next
                });
                found.push((at, naming));
            });
            for &(at, naming) in &found {
                seen.remember(entry.record.sample.stack, at);
                self.count_in(at, entry, naming, seen, &mut best);
            }
        }
        best
    }

    /// Counts goroutines in a group.
    fn count_in(
        &mut self,
        at: usize,
        Entry { record, count }: Entry<'_>,
        naming: Naming,
        seen: &Seen<'_>,
        best: &mut Vec<Best>,
    ) {
        let sample = record.sample;
        let group = &mut self.grouping.groups[at];
        group.count += i128::from(count);
        group.stack.cut |= naming.is_none() && seen.stacks.is_cut(sample.stack);
        let Some(before) = best.get_mut(at) else {
            best.push(Best { sample, naming });
            return;
        };
        let better = match (naming, before.naming) {
            (None, _) => is_before(seen.snapshot, &seen.stacks, &sample, &before.sample),
            (Some(frame), known) => {
                sample.count > before.sample.count
                    || (sample.count == before.sample.count && Some(frame) < known)
            }
        };
        if better {
            *before = Best { sample, naming };
        }
    }

    /// Adds what a snapshot tells of the groups whose facts are wanted. `stated` says whether its states are wanted, or only what
    /// its stacks and labels say.
    fn facts(&mut self, seen: &Seen<'_>, stated: bool) {
        let snapshot = seen.snapshot;
        let mut found = Vec::new();
        let states: Vec<KnownState> = snapshot.states.iter().map(KnownState::new).collect();
        for Entry { record, count } in &seen.entries {
            self.groups_of(seen, record, &mut found);
            let wanted = |at: usize| self.grouping.groups[at].facts.is_some();
            if !found.iter().any(|at| wanted(*at)) {
                continue;
            }
            let told = stated_facts(snapshot, record, &seen.stacks, self.names, &states);
            for &at in &found {
                if let Some(facts) = &mut self.grouping.groups[at].facts {
                    facts.add(snapshot, record, *count, &told, stated);
                }
            }
        }
        if snapshot.labels.len() > 1 {
            let mut sums = LabelSums::new(snapshot, self.grouping.groups.len());
            // Go sorts samples by their stacks: most have that of the one before.
            let mut last = None;
            for record in snapshot.records() {
                if seen.passes(&record.sample) {
                    if last != Some(record.sample.stack) {
                        self.groups_of(seen, &record, &mut found);
                        last = Some(record.sample.stack).filter(|stack| seen.group_of(*stack).is_some());
                    }
                    for &at in &found {
                        if self.grouping.groups[at].facts.is_some() {
                            sums.add(at, record.sample.labels, record.sample.count);
                        }
                    }
                }
            }
            sums.finish(self.grouping.groups.iter_mut().map(|group| group.facts.as_deref_mut()));
        }
    }

    /// The groups of a sample that are there.
    #[inline]
    fn groups_of(&mut self, seen: &Seen<'_>, record: &Record<'_>, found: &mut Vec<usize>) {
        found.clear();
        if let Some(at) = seen.group_of(record.sample.stack) {
            found.push(at);
        } else {
            self.groups_by_key(seen, record, found);
        }
    }

    /// The groups of a sample, by what it tells.
    #[inline(never)]
    fn groups_by_key(&mut self, seen: &Seen<'_>, record: &Record<'_>, found: &mut Vec<usize>) {
        let Pass { keys, names, grouping } = self;
        let Grouping { groups, index, .. } = grouping;
        keys.each(seen.snapshot, record, &seen.stacks, names, |parts, _| {
            found.extend(index.find_parts(parts, |at| &groups[at].key));
        });
    }

    /// Lays the goroutines that the collector proved leaked on the groups.
    fn prove(&mut self, seen: &Seen<'_>) {
        let facts = self.grouping.groups.iter_mut().filter_map(|group| group.facts.as_mut());
        facts.for_each(|facts| facts.stated_mut().proven = Some(0));
        let mut found = Vec::new();
        for Entry { record, count } in &seen.entries {
            self.groups_of(seen, record, &mut found);
            for &at in &found {
                if let Some(facts) = &mut self.grouping.groups[at].facts {
                    facts.stated_mut().prove(*count);
                }
            }
        }
    }
}

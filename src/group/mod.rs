//! Snapshots to groups: one hash pass over the samples of one moment.
//!
//! **Invariant:** a group is known by names, never by addresses, so that it is the same in every form, build and Go
//! version. Nothing here compares moments, and nothing fails.

mod by;
mod facts;
mod filtered;
mod heap;
mod key;
mod labels;
#[cfg(test)]
mod tests;

use crate::model::Kind;
use crate::model::Sample;
use crate::model::SampleRef;
use crate::model::Snapshot;
use crate::stacks::DisplayStack;
use crate::stacks::DisplayStacks;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolMap;
use crate::stacks::SymbolTable;
use facts::KnownState;
use facts::stated_facts;
use filtered::Entry;
use filtered::FilteredProfile;
use filtered::is_before;
use key::KeyOf;
use key::Keys;
use key::Naming;
use labels::LabelSums;

pub use by::By;
pub use by::Dimension;
pub use by::merge_symbols;
pub use facts::Facts;
pub use facts::LabelKey;
pub use facts::Labels;
pub use facts::Stated;
pub use facts::Tally;
pub use heap::ColumnHeap;
pub use heap::merge_heap;
pub use key::Key;
pub use key::KeyIndex;

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
    pub stack: DisplayStack,
    /// What the forms tell of them; `None` where that was not asked for.
    pub facts: Option<Box<Facts>>,
}

/// Groups the goroutines of one moment, whose names were taken in: see [`SymbolTable::adopt`].
pub fn group(
    snapshot: &Snapshot,
    adopted: SnapshotSymbols,
    by: &By,
    filter: &Filter,
    names: &SymbolTable,
) -> Grouping {
    count(snapshot, adopted, by, filter, names).tell(|_| true)
}

/// As [`group`], but what the forms tell of each group is left to be asked for.
pub fn count<'a>(
    snapshot: &'a Snapshot,
    adopted: SnapshotSymbols,
    by: &'a By,
    filter: &'a Filter,
    names: &'a SymbolTable,
) -> Counted<'a> {
    let keys = Keys::new(by);
    let of = keys.of();
    let SnapshotSymbols { counts, traceback, proof } = adopted;
    let mut pass = Pass { keys, names, grouping: Grouping::default() };
    let mut seen = FilteredProfile::new(&snapshot.counts, counts, by, filter, of, names, |_| true);
    let best = pass.count(&mut seen);
    Counted { snapshot, by, filter, traceback, proof, pass, seen, best }
}

/// The groups of one moment with their counts.
pub struct Counted<'a> {
    snapshot: &'a Snapshot,
    by: &'a By,
    filter: &'a Filter,
    traceback: Option<SymbolMap>,
    proof: Option<SymbolMap>,
    pass: Pass<'a>,
    pub(crate) seen: FilteredProfile<'a>,
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
        let Counted { snapshot, by, filter, traceback, proof, mut pass, mut seen, best } = self;
        let (of, names) = (seen.of, pass.names);
        if of == KeyOf::StackKey {
            seen.stacks.let_keys_go();
        }
        let mut display = DisplayStacks::default();
        for ((at, group), best) in pass.grouping.groups.iter_mut().enumerate().zip(best) {
            if wanted(at) {
                let cut = group.stack.cut;
                group.stack = seen.stacks.shown(seen.profile, best.sample.stack, best.naming, &mut display);
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
        pass.facts(&seen, snapshot.traceback.is_none());
        drop(seen);
        if let (Some(traceback), Some(adopted)) = (&snapshot.traceback, traceback) {
            pass.facts(&FilteredProfile::new(traceback, adopted, by, filter, of, names, |_| true), true);
        }
        if let (Some(proof), Some(adopted)) = (&snapshot.proof, proof) {
            let proven =
                |sample_ref: &SampleRef<'_>| proof.state(sample_ref).is_none_or(|state| state.leaked);
            pass.prove(&FilteredProfile::new(proof, adopted, by, filter, of, names, proven));
        } else if snapshot.counts.kind == Kind::GoroutineLeak && snapshot.counts.states.is_empty() {
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
    names: &'a SymbolTable,
    grouping: Grouping,
}

/// The sample whose stack stands for a group, so far, and what of it names the group.
struct Best {
    sample: Sample,
    naming: Naming,
}

impl Pass<'_> {
    /// Makes the groups and counts; the sample that each of them shows.
    fn count(&mut self, seen: &mut FilteredProfile<'_>) -> Vec<Best> {
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
            let known = &mut keys_seen[seen.stacks.key_number(entry.sample_ref.sample.stack)];
            self.grouping.stacks_unique += usize::from(!std::mem::replace(known, true));
            if let (KeyOf::StackKey, Some(at)) = (seen.of, seen.group_of(entry.sample_ref.sample.stack)) {
                self.count_in(at, entry, None, seen, &mut best);
                continue;
            }
            let Pass { keys, names, grouping } = self;
            found.clear();
            keys.each(seen.profile, &entry.sample_ref, &seen.stacks, names, |parts, naming| {
                let Grouping { groups, index, .. } = &mut *grouping;
                let next = groups.len();
                let known = index.find_parts_or_add(parts, next, |at| &groups[at].key);
                let at = known.unwrap_or_else(|| {
                    let (key, stack) = (Key::new(parts), DisplayStack::default());
                    groups.push(Group { key, count: 0, stack, facts: None });
                    next
                });
                found.push((at, naming));
            });
            for &(at, naming) in &found {
                seen.remember(entry.sample_ref.sample.stack, at);
                self.count_in(at, entry, naming, seen, &mut best);
            }
        }
        best
    }

    /// Counts goroutines in a group.
    fn count_in(
        &mut self,
        at: usize,
        Entry { sample_ref, count }: Entry<'_>,
        naming: Naming,
        seen: &FilteredProfile<'_>,
        best: &mut Vec<Best>,
    ) {
        let sample = sample_ref.sample;
        let group = &mut self.grouping.groups[at];
        group.count += i128::from(count);
        group.stack.cut |= naming.is_none() && seen.stacks.is_cut(sample.stack);
        let Some(before) = best.get_mut(at) else {
            best.push(Best { sample, naming });
            return;
        };
        let better = match (naming, before.naming) {
            (None, _) => is_before(seen.profile, &seen.stacks, &sample, &before.sample),
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
    fn facts(&mut self, seen: &FilteredProfile<'_>, stated: bool) {
        let profile = seen.profile;
        let mut found = Vec::new();
        let states: Vec<KnownState> = profile.states.iter().map(KnownState::new).collect();
        for Entry { sample_ref, count } in &seen.entries {
            self.groups_of(seen, sample_ref, &mut found);
            let wanted = |at: usize| self.grouping.groups[at].facts.is_some();
            if !found.iter().any(|at| wanted(*at)) {
                continue;
            }
            let told = stated_facts(profile, sample_ref, &seen.stacks, self.names, &states);
            for &at in &found {
                if let Some(facts) = &mut self.grouping.groups[at].facts {
                    facts.add(profile, sample_ref, *count, &told, stated);
                }
            }
        }
        if profile.labels.len() > 1 {
            let mut sums = LabelSums::new(profile, self.grouping.groups.len());
            // Go sorts samples by their stacks: most have that of the one before.
            let mut last = None;
            for sample_ref in profile.samples_with_details() {
                if seen.passes(&sample_ref.sample) {
                    if last != Some(sample_ref.sample.stack) {
                        self.groups_of(seen, &sample_ref, &mut found);
                        last = Some(sample_ref.sample.stack).filter(|stack| seen.group_of(*stack).is_some());
                    }
                    for &at in &found {
                        if self.grouping.groups[at].facts.is_some() {
                            sums.add(at, sample_ref.sample.labels, sample_ref.sample.count);
                        }
                    }
                }
            }
            sums.finish(self.grouping.groups.iter_mut().map(|group| group.facts.as_deref_mut()));
        }
    }

    /// The groups of a sample that are there.
    #[inline]
    fn groups_of(&mut self, seen: &FilteredProfile<'_>, sample_ref: &SampleRef<'_>, found: &mut Vec<usize>) {
        found.clear();
        if let Some(at) = seen.group_of(sample_ref.sample.stack) {
            found.push(at);
        } else {
            self.groups_by_key(seen, sample_ref, found);
        }
    }

    /// The groups of a sample, by what it tells.
    #[inline(never)]
    fn groups_by_key(
        &mut self,
        seen: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        found: &mut Vec<usize>,
    ) {
        let Pass { keys, names, grouping } = self;
        let Grouping { groups, index, .. } = grouping;
        keys.each(seen.profile, sample_ref, &seen.stacks, names, |parts, _| {
            found.extend(index.find_parts(parts, |at| &groups[at].key));
        });
    }

    /// Lays the goroutines that the collector proved leaked on the groups.
    fn prove(&mut self, seen: &FilteredProfile<'_>) {
        let facts = self.grouping.groups.iter_mut().filter_map(|group| group.facts.as_mut());
        facts.for_each(|facts| facts.stated_mut().proven = Some(0));
        let mut found = Vec::new();
        for Entry { sample_ref, count } in &seen.entries {
            self.groups_of(seen, sample_ref, &mut found);
            for &at in &found {
                if let Some(facts) = &mut self.grouping.groups[at].facts {
                    facts.stated_mut().prove(*count);
                }
            }
        }
    }
}

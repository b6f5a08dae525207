//! The groups of a snapshot: counted first, facts afterwards.

use crate::model::Kind;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::stacks::DisplayStack;
use crate::stacks::DisplayStacks;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolMap;
use crate::stacks::SymbolTable;

use super::by::By;
use super::by::KeyDependsOn;
use super::collect::FactCollector;
use super::facts::Group;
use super::facts::Grouping;
use super::filtered::FilteredProfile;
use super::filtered::GroupOptions;
use super::filtered::MergedSample;
use super::filtered::is_before;
use super::key::GroupName;
use super::key::Key;
use super::key::KeyIndex;
use super::key::KeyMaker;
use super::label_counts::LabelCounts;

/// The groups of a snapshot with their counts, before their stacks and facts are known.
pub struct GroupCounts<'a> {
    snapshot: &'a Snapshot,
    options: GroupOptions<'a>,
    counts: FilteredProfile<'a>,
    traceback: Option<SymbolMap>,
    proof: Option<SymbolMap>,
    groups: Vec<GroupCount>,
    index: KeyIndex,
    total: i128,
    stacks_unique: usize,
}

/// A group with its count.
pub struct GroupCount {
    /// What the goroutines have in common.
    pub key: Key,
    count: i128,
    /// Whether Go left a part of some stack out, in a group by stack.
    is_truncated: bool,
    /// The sample whose stack the group shows, and what of that stack names the group.
    representative: Sample,
    name: GroupName,
}

impl GroupCount {
    /// Adds `count` goroutines of merged samples, of which `sample` is the largest.
    fn add(&mut self, sample: Sample, count: i64, name: GroupName, counts: &FilteredProfile<'_>) {
        self.count = sum_of(counts.profile, self.count, count);
        let known = self.representative;
        let is_better = match name {
            GroupName::WholeStack => {
                self.is_truncated |= counts.stacks.is_truncated(sample.stack);
                is_before(counts.profile, &counts.stacks, &sample, &known)
            }
            GroupName::None | GroupName::Frame(_) => {
                sample.count > known.count || (sample.count == known.count && name < self.name)
            }
        };
        if is_better {
            (self.representative, self.name) = (sample, name);
        }
    }
}

/// The goroutines of a sum and of one more sample. If one goroutine may be in both, there are at least as many as in either.
fn sum_of(profile: &Profile, sum: i128, count: i64) -> i128 {
    let count = i128::from(count);
    if profile.total_of_overlapping.is_some() { sum.max(count) } else { sum + count }
}

/// Counts the goroutines of each group. The symbols of the snapshot must be merged into `symbols` as `merged`.
pub fn count<'a>(
    snapshot: &'a Snapshot,
    merged: SnapshotSymbols,
    by: &'a By,
    filter: &'a Filter,
    symbols: &'a SymbolTable,
) -> GroupCounts<'a> {
    let SnapshotSymbols { counts, traceback, proof } = merged;
    let options = GroupOptions { by, filter, symbols, waits: filter.waits() };
    let mut counts = FilteredProfile::new(&snapshot.counts, counts, options, |_| true);
    let mut keys = KeyMaker::new(by, symbols);
    let by_stack_frames = counts.depends_on == KeyDependsOn::StackFrames;
    let capacity = if by_stack_frames { counts.stacks.classes.len() } else { 0 };
    let mut groups: Vec<GroupCount> = Vec::with_capacity(capacity);
    let mut index = KeyIndex::with_capacity(capacity);
    let (mut total, mut stacks_unique) = (0, 0);
    let mut is_key_known = vec![false; counts.stacks.keys_len()];
    let mut found: Vec<(usize, GroupName)> = Vec::new();
    for at in 0..counts.samples.len() {
        let MergedSample { sample_ref, count } = counts.samples[at];
        let sample = sample_ref.sample;
        total = sum_of(counts.profile, total, count);
        let is_known = &mut is_key_known[counts.stacks.key_id(sample.stack)];
        stacks_unique += usize::from(!std::mem::replace(is_known, true));
        if let Some(group) = counts.group_of(sample.stack).filter(|_| by_stack_frames) {
            groups[group].add(sample, count, GroupName::WholeStack, &counts);
            continue;
        }
        found.clear();
        keys.each(&counts, &sample_ref, |parts, name| {
            let next = groups.len();
            let known = index.find_or_add(parts, next, |at| &groups[at].key);
            if known.is_none() {
                let (key, representative) = (Key::new(parts), sample);
                groups.push(GroupCount { key, count: 0, is_truncated: false, representative, name });
            }
            found.push((known.unwrap_or(next), name));
        });
        for &(group, name) in &found {
            counts.cache_group(sample.stack, group);
            groups[group].add(sample, count, name, &counts);
        }
    }
    if filter.is_empty() {
        total = counts.profile.total_of_overlapping.map_or(total, i128::from);
    }
    GroupCounts { snapshot, options, counts, traceback, proof, groups, index, total, stacks_unique }
}

impl<'a> GroupCounts<'a> {
    /// Each group once, in no order.
    pub fn groups(&self) -> &[GroupCount] {
        &self.groups
    }

    /// The index of the groups' positions by key.
    pub fn take_index(&mut self) -> KeyIndex {
        let by_stack_frames = self.counts.depends_on == KeyDependsOn::StackFrames;
        // `with_facts` needs it for the other profiles, and for groups that stacks alone do not decide.
        let is_free = by_stack_frames && self.traceback.is_none() && self.proof.is_none();
        if is_free { std::mem::take(&mut self.index) } else { self.index.clone() }
    }

    /// How many goroutines that pass the filters have each label.
    pub(crate) fn label_counts(&self) -> LabelCounts<'a> {
        LabelCounts::new(self.counts.profile, |it| self.counts.kept_count(it, self.options.symbols))
    }

    pub(crate) fn profile(&self) -> &'a Profile {
        self.counts.profile
    }

    /// From the ids of that profile to those of the [`SymbolTable`].
    pub(crate) fn symbol_map(&self) -> &SymbolMap {
        &self.counts.stacks.symbol_map
    }

    /// The position of the group of a stack; `None` if the stack alone does not decide it, or if the filters drop it.
    pub(crate) fn group_of(&self, stack: StackId) -> Option<usize> {
        self.counts.group_of(stack)
    }

    /// Adds stacks and facts to the groups at the positions that are wanted.
    pub fn with_facts(self, is_wanted: impl Fn(usize) -> bool) -> Grouping {
        let GroupCounts { snapshot, options, mut counts, traceback, proof, groups, index, .. } = self;
        let (total, stacks_unique) = (self.total, self.stacks_unique);
        if counts.depends_on == KeyDependsOn::StackFrames {
            counts.stacks.drop_keys();
        }
        let mut display = DisplayStacks::default();
        let with_stack = |(at, it): (usize, GroupCount)| {
            let is_wanted = is_wanted(at);
            let mut stack = match it.name {
                GroupName::WholeStack if is_wanted => {
                    counts.stacks.display(counts.profile, it.representative.stack, &mut display)
                }
                GroupName::Frame(frame) if is_wanted => DisplayStack::from_name(frame),
                GroupName::WholeStack | GroupName::Frame(_) | GroupName::None => DisplayStack::default(),
            };
            stack.cut |= it.is_truncated;
            Group { key: it.key, count: it.count, stack, facts: is_wanted.then(Box::default) }
        };
        let groups: Vec<Group> = groups.into_iter().enumerate().map(with_stack).collect();
        if groups.iter().all(|group| group.facts.is_none()) {
            return Grouping { groups, total, stacks_unique };
        }
        let mut facts = FactCollector::new(options, groups, index);
        facts.add(&counts, traceback.is_none());
        drop(counts);
        if let (Some(profile), Some(symbol_map)) = (&snapshot.traceback, traceback) {
            facts.add(&FilteredProfile::new(profile, symbol_map, options, |_| true), true);
        }
        if let (Some(profile), Some(symbol_map)) = (&snapshot.proof, proof) {
            let options = GroupOptions { waits: None, ..options };
            facts.mark_proven_leaked(&FilteredProfile::new(profile, symbol_map, options, |sample_ref| {
                profile.state(sample_ref).is_none_or(|state| state.leaked)
            }));
        } else if snapshot.counts.kind == Kind::GoroutineLeak && snapshot.counts.states.is_empty() {
            // This profile lists proven leaks only.
            for Group { count, facts, .. } in &mut facts.groups {
                if let Some(facts) = facts {
                    facts.stated_or_default().proven = Some(*count);
                }
            }
        }
        Grouping { groups: facts.groups, total, stacks_unique }
    }
}

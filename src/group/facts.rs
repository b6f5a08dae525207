//! What the forms of a moment tell of a group, added up over its samples.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;
use rustc_hash::FxBuildHasher;

use crate::facts::blocked_on_stated;
use crate::facts::is_spawn_helper;
use crate::model::Basis;
use crate::model::BlockedOn;
use crate::model::Fact;
use crate::model::Form;
use crate::model::Frame;
use crate::model::Goroutine;
use crate::model::LabelSetId;
use crate::model::Sample;
use crate::model::Snapshot;
use crate::model::State;
use crate::model::TextId;

use super::Names;
use super::stacks::Stacks;

/// Values with how often each occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<T: Eq + Hash> {
    counts: Vec<(T, i128)>,
    /// Where each value stands, once there are too many to look through.
    #[expect(clippy::box_collection, reason = "there are many tallies, and most never need it")]
    index: Option<Box<HashMap<T, usize, RandomState>>>,
}

/// Up to so many values a look through all is the fastest.
const FEW: usize = 16;

impl<T: Eq + Hash> Default for Tally<T> {
    fn default() -> Self {
        Tally { counts: Vec::new(), index: None }
    }
}

impl<T: Ord + Clone + Hash> Tally<T> {
    fn add(&mut self, value: &T, count: i128) {
        let known = match &self.index {
            None => self.counts.iter().position(|(it, _)| it == value),
            Some(index) => index.get(value).copied(),
        };
        if let Some((_, sum)) = known.and_then(|at| self.counts.get_mut(at)) {
            *sum += count;
            return;
        }
        let next = self.counts.len();
        // Most groups have one value of each.
        self.counts.reserve_exact(usize::from(next == 0));
        self.counts.push((value.clone(), count));
        match &mut self.index {
            Some(index) => drop(index.insert(value.clone(), next)),
            None if next < FEW => {}
            None => {
                self.index = Some(Box::new(self.counts.iter().map(|(it, _)| it.clone()).zip(0..).collect()));
            }
        }
    }

    /// The value that occurs most often; of equals the least. `None` if there is none.
    pub fn most(&self) -> Option<&T> {
        self.counts.iter().max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a))).map(|(value, _)| value)
    }

    /// The value that stands for all: of a group of equal stacks the most frequent, of any other group only one that
    /// all have in common.
    pub fn one(&self, same_stack: bool) -> Option<&T> {
        if same_stack || self.counts.len() == 1 { self.most() } else { None }
    }

    /// Each value with its count, the most frequent first.
    pub fn sorted(&self) -> Vec<(T, i128)> {
        let mut counts = self.counts.clone();
        counts.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        counts
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// What is known of the goroutines of a group.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Classes as a traceback states them.
    pub blocked_on_stated: Tally<BlockedOn>,
    /// Classes as the leaf frames tell.
    pub blocked_on_inferred: Tally<BlockedOn>,
    /// Go's own words.
    pub states: Tally<String>,
    /// Where they were started, as a traceback states it. A helper such as `sync.(*WaitGroup).Go` is looked through.
    pub spawns_stated: Tally<Frame>,
    /// Where they were started, as the name of a closure tells.
    pub spawns_inferred: Tally<Frame>,
    /// Their outermost frames.
    pub entries: Tally<Frame>,
    /// First frames that are neither Go's runtime nor its standard library.
    pub sites: Tally<Frame>,
    /// The goroutines one by one, where a traceback tells them apart.
    pub goroutines: Vec<Goroutine>,
    /// Labels that all of them carry. `None` before the first sample.
    pub labels: Option<Vec<(Box<str>, Box<str>)>>,
    /// What each label key tells of them, the key that most carry first.
    pub label_keys: Vec<LabelKey>,
    /// Label sets with their goroutines, until they are summed up.
    label_sets: Vec<(LabelSetId, i64)>,
    /// How many the collector proved leaked; `None` where that was not asked.
    pub proven: Option<i128>,
}

/// How one label key spreads over the goroutines of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelKey {
    /// The key.
    pub key: String,
    /// Goroutines that carry it.
    pub goroutines: i128,
    /// Different values.
    pub values: usize,
    /// The most frequent value, and how many carry it.
    pub most: (String, i128),
}

/// Label keys that are told of a group at the most.
const MOST_KEYS: usize = 8;

impl Facts {
    /// Notes the labels of a sample, to be summed up by [`Facts::finish_labels`].
    pub(super) fn add_labels(&mut self, sample: &Sample) {
        self.label_sets.push((sample.labels, sample.count));
    }

    /// Sums the labels up, once all samples of a snapshot are in.
    pub(super) fn finish_labels(&mut self, snapshot: &Snapshot) {
        let sets = std::mem::take(&mut self.label_sets);
        let table = &snapshot.labels;
        // A traceback need not show labels, so one without says nothing.
        let mut telling = sets
            .iter()
            .map(|(set, _)| *set)
            .filter(|set| snapshot.form != Form::Traceback || *set != LabelSetId::EMPTY);
        if let Some(first) = telling.next() {
            let mut common = table.pair_ids(first).to_vec();
            for set in telling {
                if common.is_empty() {
                    break;
                }
                common.retain(|pair| table.pair_ids(set).contains(pair));
            }
            let common: Vec<(Box<str>, Box<str>)> = common
                .iter()
                .map(|(key, value)| (table.text(*key).into(), table.text(*value).into()))
                .collect();
            match &mut self.labels {
                None => self.labels = Some(common),
                Some(before) => before.retain(|pair| common.contains(pair)),
            }
        }
        let mut keys: Vec<(TextId, Values)> = Vec::new();
        // Where the keys beyond the first few stand: a program has few, a hostile input as many as it likes.
        let mut more: HashMap<TextId, usize, FxBuildHasher> = HashMap::default();
        let dense = sets.len() > table.texts_len() / 16;
        for (set, count) in sets {
            for &(key, value) in table.pair_ids(set) {
                let known = keys.iter().take(FEW).position(|(known, _)| *known == key);
                let at = known.or_else(|| more.get(&key).copied()).unwrap_or_else(|| {
                    keys.push((key, Values::new(dense && keys.len() < MOST_KEYS, table.texts_len())));
                    let at = keys.len() - 1;
                    if at >= FEW {
                        more.insert(key, at);
                    }
                    at
                });
                if let Some((_, values)) = keys.get_mut(at) {
                    values.add(value, count);
                }
            }
        }
        let mut summed: Vec<LabelKey> = Vec::new();
        for (key, values) in keys {
            let words = |value: &TextId| table.text(*value);
            let mut most: Option<(TextId, i128)> = None;
            let (mut different, mut goroutines) = (0, 0);
            values.each(|value, count| {
                different += 1;
                goroutines += count;
                let better = most.as_ref().is_none_or(|(known, most)| {
                    count > *most || (count == *most && words(&value) < words(known))
                });
                if better {
                    most = Some((value, count));
                }
            });
            let Some((value, count)) = most else { continue };
            let most = (words(&value).to_owned(), count);
            summed.push(LabelKey { key: table.text(key).to_owned(), goroutines, values: different, most });
        }
        summed.sort_by(|a, b| b.goroutines.cmp(&a.goroutines).then_with(|| a.key.cmp(&b.key)));
        summed.truncate(MOST_KEYS);
        if !summed.is_empty() {
            self.label_keys = summed;
        }
    }

    /// What blocks them: stated if anything is, else inferred. `same_stack` as in [`Tally::one`].
    pub fn blocked_on(&self, same_stack: bool) -> Option<Fact<BlockedOn>> {
        if self.blocked_on_stated.is_empty() {
            return self.blocked_on_inferred.one(same_stack).map(|class| Fact::inferred(*class));
        }
        self.blocked_on_stated.one(same_stack).map(|class| Fact::stated(*class))
    }

    /// Where they were started: stated if anything is, else inferred. `same_stack` as in [`Tally::one`].
    pub fn spawn_site(&self, same_stack: bool) -> Option<Fact<Frame>> {
        if self.spawns_stated.is_empty() {
            return self.spawns_inferred.one(same_stack).map(|frame| Fact::inferred(*frame));
        }
        self.spawns_stated.one(same_stack).map(|frame| Fact::stated(*frame))
    }

    /// Whole minutes waited of those whose traceback says so, in order.
    pub fn minutes(&self) -> Vec<u32> {
        let mut minutes: Vec<u32> =
            self.goroutines.iter().filter_map(|goroutine| goroutine.minutes).collect();
        minutes.sort_unstable();
        minutes
    }

    /// Adds what `count` goroutines like this sample's tell, their labels aside. `stated` says whether its states are wanted,
    /// or only what its stack says.
    pub(super) fn add(
        &mut self,
        snapshot: &Snapshot,
        sample: &Sample,
        count: i64,
        told: &Told,
        stated: bool,
    ) {
        let count = i128::from(count);
        if let Some(fact) = told.blocked_on {
            match fact.basis {
                Basis::Stated if stated => self.blocked_on_stated.add(&fact.value, count),
                Basis::Stated => {}
                Basis::Inferred => self.blocked_on_inferred.add(&fact.value, count),
            }
        }
        if let Some(fact) = told.spawn {
            match fact.basis {
                Basis::Stated => self.spawns_stated.add(&fact.value, count),
                Basis::Inferred => self.spawns_inferred.add(&fact.value, count),
            }
        }
        if let Some(state) = &told.state {
            self.states.add(state, count);
        }
        if let Some(entry) = &told.entry {
            self.entries.add(entry, count);
        }
        if let Some(site) = &told.site {
            self.sites.add(site, count);
        }
        self.goroutines.extend_from_slice(snapshot.members(sample));
        if let Some(state) = snapshot.state(sample)
            && state.leaked
        {
            self.proven = Some(self.proven.unwrap_or(0) + count);
        }
    }
}

/// Goroutines by the value of one label key.
enum Values {
    /// By the number of the value; 0 where it does not occur.
    Dense(Vec<i128>, Vec<bool>),
    Sparse(HashMap<TextId, i128, FxBuildHasher>),
}

impl Values {
    fn new(dense: bool, texts: usize) -> Self {
        if dense {
            Values::Dense(vec![0; texts], vec![false; texts])
        } else {
            Values::Sparse(HashMap::default())
        }
    }

    fn add(&mut self, value: TextId, count: i64) {
        match self {
            Values::Dense(counts, there) => {
                if let (Some(sum), Some(there)) =
                    (counts.get_mut(value.0 as usize), there.get_mut(value.0 as usize))
                {
                    *sum += i128::from(count);
                    *there = true;
                }
            }
            Values::Sparse(counts) => *counts.entry(value).or_default() += i128::from(count),
        }
    }

    fn each(&self, mut told: impl FnMut(TextId, i128)) {
        match self {
            Values::Dense(counts, there) => {
                for ((number, count), there) in (0u32..).zip(counts).zip(there) {
                    if *there {
                        told(TextId(number), *count);
                    }
                }
            }
            Values::Sparse(counts) => counts.iter().for_each(|(value, count)| told(*value, *count)),
        }
    }
}

/// What one sample tells.
pub(super) struct Told {
    blocked_on: Option<Fact<BlockedOn>>,
    state: Option<String>,
    spawn: Option<Fact<Frame>>,
    entry: Option<Frame>,
    site: Option<Frame>,
}

pub(super) fn stated_facts(snapshot: &Snapshot, sample: &Sample, stacks: &Stacks, names: &Names) -> Told {
    Told {
        blocked_on: blocked_on(snapshot, sample, stacks, names),
        state: snapshot.state(sample).map(state_words),
        spawn: spawn_of(sample, stacks, names),
        entry: stacks.entry(sample.stack),
        site: stacks.site(sample.stack),
    }
}

/// Go's words for a state.
pub(super) fn state_words(state: &State) -> String {
    let reason = &state.reason;
    if state.durable { format!("{reason} (durable)") } else { reason.clone() }
}

fn blocked_on(
    snapshot: &Snapshot,
    sample: &Sample,
    stacks: &Stacks,
    names: &Names,
) -> Option<Fact<BlockedOn>> {
    match snapshot.state(sample) {
        Some(state) => blocked_on_stated(&state.reason, stacks.leaves(snapshot, sample.stack, names)),
        None => {
            let shown = stacks.blocked_on(sample.stack).or(sample.hidden_leaf());
            shown.or_else(|| stacks.blocked_in_library(sample.stack)).map(Fact::inferred)
        }
    }
}

/// The state for grouping: Go's words, or what it is blocked on where the form has none.
pub(super) fn state_text(
    snapshot: &Snapshot,
    sample: &Sample,
    stacks: &Stacks,
    names: &Names,
) -> Option<String> {
    match snapshot.state(sample) {
        Some(state) => Some(state_words(state)),
        None => blocked_on(snapshot, sample, stacks, names).map(|fact| fact.value.as_str().to_owned()),
    }
}

/// The spawn site of a sample: `created by`, with helpers looked through, else the function that its entry, a closure,
/// is written in. Where neither tells, nothing is said.
pub(super) fn spawn_of(sample: &Sample, stacks: &Stacks, names: &Names) -> Option<Fact<Frame>> {
    let inferred = stacks.spawn_inferred(sample.stack).map(Fact::inferred);
    match sample.spawn() {
        Some(spawn) => {
            let spawn = stacks.adopt(spawn);
            let helped = is_spawn_helper(names.function_name(spawn.function));
            if helped && inferred.is_some() { inferred } else { Some(Fact::stated(spawn)) }
        }
        // A traceback that names no creator is one of main, or older than what it was pasted from.
        None => inferred,
    }
}

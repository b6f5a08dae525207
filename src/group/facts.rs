//! What the forms of a moment tell of a group, added up over its samples.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

use crate::golang::blocked_on_by_words;
use crate::golang::blocked_on_stated;
use crate::golang::is_spawn_helper;
use crate::model::Basis;
use crate::model::BlockedOn;
use crate::model::Fact;
use crate::model::Frame;
use crate::model::Goroutines;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::model::State;

use crate::stacks::AnalyzedStacks;
use crate::stacks::SymbolTable;

/// Values with how often each occurs. Most groups have one of each.
#[derive(Clone, Debug, Default)]
pub enum Tally<T> {
    /// Nothing was counted.
    #[default]
    Nothing,
    /// One value.
    One(T, i64),
    /// Several, or more than that counts.
    Several(Box<Several<T>>),
}

/// Several values with how often each occurs.
#[derive(Clone, Debug)]
pub struct Several<T> {
    counts: Vec<(T, i128)>,
    /// Where each value stands, once there are too many to look through.
    index: HashMap<T, usize, RandomState>,
}

/// Up to so many values a look through all is the fastest.
const FEW: usize = 16;

impl<T: Ord + Clone + Hash> Several<T> {
    fn add(&mut self, value: &T, count: i128) {
        let Several { counts, index } = self;
        let known = match index.is_empty() {
            true => counts.iter().position(|(it, _)| it == value),
            false => index.get(value).copied(),
        };
        if let Some((_, sum)) = known.and_then(|at| counts.get_mut(at)) {
            *sum += count;
            return;
        }
        counts.push((value.clone(), count));
        if counts.len() > FEW {
            let new = if index.is_empty() { 0 } else { counts.len() - 1 };
            index.extend(counts.iter().map(|(it, _)| it.clone()).zip(0..).skip(new));
        }
    }
}

impl<T: Ord + Clone + Hash> Tally<T> {
    fn add(&mut self, value: &T, count: i64) {
        match self {
            Tally::Nothing => *self = Tally::One(value.clone(), count),
            Tally::One(known, sum) => match sum.checked_add(count).filter(|_| known == value) {
                Some(more) => *sum = more,
                None => {
                    let counts = vec![(known.clone(), i128::from(*sum))];
                    let mut several = Several { counts, index: HashMap::default() };
                    several.add(value, i128::from(count));
                    *self = Tally::Several(Box::new(several));
                }
            },
            Tally::Several(several) => several.add(value, i128::from(count)),
        }
    }

    /// Each value with its count, in no order.
    fn counts(&self) -> impl Iterator<Item = (&T, i128)> {
        let (one, several) = match self {
            Tally::Nothing => (None, None),
            Tally::One(value, count) => (Some((value, i128::from(*count))), None),
            Tally::Several(several) => (None, Some(several.counts.iter().map(|(it, count)| (it, *count)))),
        };
        one.into_iter().chain(several.into_iter().flatten())
    }

    /// The value that occurs most often; of equals the least. `None` if there is none.
    pub fn most(&self) -> Option<&T> {
        self.counts().max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a))).map(|(value, _)| value)
    }

    /// The value that stands for all: of a group of equal stacks the most frequent, of any other group only one that
    /// all have in common.
    pub fn one(&self, same_stack: bool) -> Option<&T> {
        match self {
            Tally::Nothing => None,
            Tally::One(value, _) => Some(value),
            Tally::Several(several) if same_stack || several.counts.len() == 1 => self.most(),
            Tally::Several(_) => None,
        }
    }

    /// Each value with its count, the most frequent first.
    pub fn sorted(&self) -> Vec<(T, i128)> {
        let mut counts: Vec<(T, i128)> = self.counts().map(|(it, count)| (it.clone(), count)).collect();
        counts.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        counts
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        matches!(self, Tally::Nothing)
    }
}

/// What is known of the goroutines of a group. There is one for each group: what only some forms tell lies apart.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Classes as the leaf frames tell.
    pub blocked_on_inferred: Tally<BlockedOn>,
    /// Where they were started, as the name of a closure tells.
    pub spawns_inferred: Tally<Frame>,
    /// Their outermost frames.
    pub entries: Tally<Frame>,
    /// First frames that are neither Go's runtime nor its standard library.
    pub sites: Tally<Frame>,
    /// What a traceback or a proof states; `None` where neither has said anything.
    pub stated: Option<Box<Stated>>,
    /// What their labels tell; `None` where no sample of the moment has any.
    pub labels: Option<Box<Labels>>,
}

/// What a traceback or the collector's proof states of the goroutines of a group.
#[derive(Clone, Debug, Default)]
pub struct Stated {
    /// Classes.
    pub blocked_on: Tally<BlockedOn>,
    /// Go's own words.
    pub states: Tally<String>,
    /// Where they were started. A helper such as `sync.(*WaitGroup).Go` is looked through.
    pub spawns: Tally<Frame>,
    /// The goroutines one by one, in no order, where a traceback tells them apart.
    pub goroutines: Goroutines,
    /// How many the collector proved leaked; `None` where that was not asked.
    pub proven: Option<i128>,
}

/// What the labels of the goroutines of a group tell.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Those that all of them carry.
    pub common: Vec<(Box<str>, Box<str>)>,
    /// What each key tells of them, the key that most carry first.
    pub keys: Vec<LabelKey>,
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

impl Facts {
    /// What blocks them: stated if anything is, else inferred. `same_stack` as in [`Tally::one`].
    pub fn blocked_on(&self, same_stack: bool) -> Option<Fact<BlockedOn>> {
        match self.stated.as_deref().filter(|it| !it.blocked_on.is_empty()) {
            Some(stated) => stated.blocked_on.one(same_stack).map(|class| Fact::stated(*class)),
            None => self.blocked_on_inferred.one(same_stack).map(|class| Fact::inferred(*class)),
        }
    }

    /// Where they were started: stated if anything is, else inferred. `same_stack` as in [`Tally::one`].
    pub fn spawn_site(&self, same_stack: bool) -> Option<Fact<Frame>> {
        match self.stated.as_deref().filter(|it| !it.spawns.is_empty()) {
            Some(stated) => stated.spawns.one(same_stack).map(|frame| Fact::stated(*frame)),
            None => self.spawns_inferred.one(same_stack).map(|frame| Fact::inferred(*frame)),
        }
    }

    /// The goroutines one by one, in no order; none where no traceback tells them apart.
    pub fn goroutines(&self) -> &Goroutines {
        static NONE: Goroutines = Goroutines::new();
        self.stated.as_ref().map_or(&NONE, |stated| &stated.goroutines)
    }

    /// How many the collector proved leaked; `None` where that was not asked.
    pub fn proven(&self) -> Option<i128> {
        self.stated.as_ref().and_then(|stated| stated.proven)
    }

    /// What is stated, to be added to.
    pub(super) fn stated_mut(&mut self) -> &mut Stated {
        self.stated.get_or_insert_default()
    }

    /// Labels that all of them carry; none where there are no labels.
    pub fn common_labels(&self) -> impl Iterator<Item = &(Box<str>, Box<str>)> {
        self.labels.iter().flat_map(|labels| &labels.common)
    }

    /// Whole minutes waited of those whose traceback says so, in order.
    pub fn minutes(&self) -> Vec<u32> {
        let mut minutes: Vec<u32> =
            self.goroutines().iter().filter_map(|goroutine| goroutine.minutes).collect();
        minutes.sort_unstable();
        minutes
    }

    /// Adds what `count` goroutines like this sample's tell, their labels aside. `stated` says whether its states are wanted,
    /// or only what its stack says.
    pub(super) fn add(
        &mut self,
        profile: &Profile,
        sample_ref: &SampleRef<'_>,
        count: i64,
        told: &Told<'_>,
        stated: bool,
    ) {
        if let Some(fact) = told.blocked_on {
            match fact.basis {
                Basis::Stated if stated => self.stated_mut().blocked_on.add(&fact.value, count),
                Basis::Stated => {}
                Basis::Inferred => self.blocked_on_inferred.add(&fact.value, count),
            }
        }
        if let Some(fact) = told.spawn {
            match fact.basis {
                Basis::Stated => self.stated_mut().spawns.add(&fact.value, count),
                Basis::Inferred => self.spawns_inferred.add(&fact.value, count),
            }
        }
        if let Some(state) = told.state {
            self.stated_mut().states.add(state, count);
        }
        if let Some(entry) = &told.entry {
            self.entries.add(entry, count);
        }
        if let Some(site) = &told.site {
            self.sites.add(site, count);
        }
        if let Some(goroutines) = sample_ref.goroutines.filter(|it| !it.is_empty()) {
            self.stated_mut().goroutines.append(goroutines);
        }
        if let Some(state) = profile.state(sample_ref)
            && state.leaked
        {
            self.stated_mut().prove(count);
        }
    }
}

impl Stated {
    /// Counts goroutines that the collector proved leaked.
    pub(super) fn prove(&mut self, count: i64) {
        self.proven = Some(self.proven.unwrap_or(0) + i128::from(count));
    }
}

/// What one sample tells.
pub(super) struct Told<'s> {
    blocked_on: Option<Fact<BlockedOn>>,
    state: Option<&'s String>,
    spawn: Option<Fact<Frame>>,
    entry: Option<Frame>,
    site: Option<Frame>,
}

/// What a state tells, whatever the stack is.
pub(super) struct KnownState {
    /// Go's words.
    words: String,
    blocked_on: Option<Fact<BlockedOn>>,
}

impl KnownState {
    pub(super) fn new(state: &State) -> Self {
        KnownState { words: state.words(), blocked_on: blocked_on_by_words(&state.reason) }
    }
}

/// What a sample tells. `states` are those of the snapshot.
pub(super) fn stated_facts<'s>(
    profile: &Profile,
    sample_ref: &SampleRef<'_>,
    stacks: &AnalyzedStacks,
    names: &SymbolTable,
    states: &'s [KnownState],
) -> Told<'s> {
    let state = sample_ref.detail.and_then(|detail| detail.state);
    let state = state.and_then(|state| states.get(state.0 as usize));
    let by_words = state.and_then(|state| state.blocked_on);
    Told {
        blocked_on: by_words.or_else(|| blocked_on(profile, sample_ref, stacks, names)),
        state: state.map(|state| &state.words),
        spawn: spawn_of(sample_ref, stacks, names),
        entry: stacks.entry(sample_ref.sample.stack),
        site: stacks.site(sample_ref.sample.stack),
    }
}

fn blocked_on(
    profile: &Profile,
    sample_ref: &SampleRef<'_>,
    stacks: &AnalyzedStacks,
    names: &SymbolTable,
) -> Option<Fact<BlockedOn>> {
    match profile.state(sample_ref) {
        Some(state) => {
            blocked_on_stated(&state.reason, stacks.leaves(profile, sample_ref.sample.stack, names))
        }
        None => {
            let shown = stacks.blocked_on(sample_ref.sample.stack).or(sample_ref.inferred_wait());
            shown.or_else(|| stacks.blocked_in_library(sample_ref.sample.stack)).map(Fact::inferred)
        }
    }
}

/// The state for grouping: Go's words, or what it is blocked on where the form has none.
pub(super) fn state_text(
    profile: &Profile,
    sample_ref: &SampleRef<'_>,
    stacks: &AnalyzedStacks,
    names: &SymbolTable,
) -> Option<String> {
    match profile.state(sample_ref) {
        Some(state) => Some(state.words()),
        None => blocked_on(profile, sample_ref, stacks, names).map(|fact| fact.value.as_str().to_owned()),
    }
}

/// The spawn site of a sample: `created by`, with helpers looked through, else the function that its entry, a closure,
/// is written in. Where neither tells, nothing is said.
pub(super) fn spawn_of(
    sample_ref: &SampleRef<'_>,
    stacks: &AnalyzedStacks,
    names: &SymbolTable,
) -> Option<Fact<Frame>> {
    let inferred = stacks.spawn_inferred(sample_ref.sample.stack).map(Fact::inferred);
    match sample_ref.spawn() {
        Some(spawn) => {
            let spawn = stacks.adopt(spawn);
            let helped = is_spawn_helper(names.function_name(spawn.function));
            if helped && inferred.is_some() { inferred } else { Some(Fact::stated(spawn)) }
        }
        // A traceback that names no creator is one of main, or older than what it was pasted from.
        None => inferred,
    }
}

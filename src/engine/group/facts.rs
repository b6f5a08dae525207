//! The groups of a snapshot, and what its profiles say of each, added up over its samples.

use crate::model::Arguments;
use crate::model::Basis;
use crate::model::BlockedOn;
use crate::model::Fact;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Goroutines;
use crate::model::SampleRef;
use crate::stacks::DisplayStack;

use super::ancestor_call::AncestorCall;
use super::counter::Counter;
use super::filtered::FilteredProfile;
use super::key::Key;
use super::sample_facts::SampleFacts;

/// The groups of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// Each group once, in no order.
    pub groups: Vec<Group>,
    /// The number of goroutines that the filters accepted.
    pub total: i128,
    /// The number of distinct stacks, by name, that the filters accepted.
    pub stacks_unique: usize,
}

/// Goroutines with the same key.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: Key,
    /// The number of goroutines.
    pub count: i128,
    /// The stack of the largest sample; in a group by something other than stacks, the frame that names it. Empty if `facts` is
    /// `None`.
    pub stack: DisplayStack,
    /// What is known of them; `None` if it was not wanted.
    pub facts: Option<Box<GroupFacts>>,
}

/// What is known of the goroutines of a group. What only some forms record is boxed, because there is one of these for each group.
#[derive(Clone, Debug, Default)]
pub struct GroupFacts {
    /// What blocks them, inferred from leaf frames.
    pub blocked_on_inferred: Counter<BlockedOn>,
    /// Where they were started, inferred from the name of a closure.
    pub spawns_inferred: Counter<Frame>,
    /// Their outermost frames.
    pub entries: Counter<Frame>,
    /// Their first frames that are neither of Go's runtime nor of its standard library.
    pub sites: Counter<Frame>,
    /// What a traceback or the garbage collector's proof states; `None` if neither says anything.
    pub stated: Option<Box<StatedFacts>>,
    /// What their labels say; `None` if the snapshot has no labels.
    pub labels: Option<Box<LabelFacts>>,
}

/// What a traceback or the garbage collector's proof states of the goroutines of a group.
#[derive(Clone, Debug, Default)]
pub struct StatedFacts {
    /// What blocks them.
    pub blocked_on: Counter<BlockedOn>,
    /// Their states in Go's words.
    pub states: Counter<String>,
    /// Where they were started. Helpers such as `sync.(*WaitGroup).Go` are skipped.
    pub spawns: Counter<Frame>,
    /// Which of these helpers ran the `go` statement, such as `time.goFunc`.
    pub spawn_helpers: Counter<FunctionId>,
    /// The user's code that led to them, as their ancestors show it.
    pub ancestor_calls: Counter<AncestorCall>,
    /// The single goroutines, in no order, if a traceback lists them.
    pub goroutines: Goroutines,
    /// What their calls were given, if a traceback prints it.
    pub arguments: Arguments,
    /// The shortest and the longest wait in whole minutes that a form states of several goroutines together; `None` if none does.
    pub minutes: Option<(u32, u32)>,
    /// How many the garbage collector proved leaked; `None` without its profile.
    pub proven: Option<i128>,
}

/// What the labels of the goroutines of a group say.
#[derive(Clone, Debug, Default)]
pub struct LabelFacts {
    /// The labels that all of them have.
    pub common: Vec<(Box<str>, Box<str>)>,
    /// The values of each key, the most frequent key first.
    pub keys: Vec<LabelKey>,
}

/// How the values of one label key are spread over the goroutines of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelKey {
    /// The key.
    pub key: String,
    /// The number of goroutines that have it.
    pub goroutines: i128,
    /// The number of distinct values.
    pub values: usize,
    /// The most frequent value, and how many goroutines have it.
    pub most: (String, i128),
}

impl GroupFacts {
    /// What blocks them: stated if anything is, otherwise inferred. For `same_stack` see [`Counter::one`].
    pub fn blocked_on(&self, same_stack: bool) -> Option<Fact<BlockedOn>> {
        match self.stated.as_deref().filter(|it| !it.blocked_on.is_empty()) {
            Some(stated) => stated.blocked_on.one(same_stack).map(|it| Fact::stated(*it)),
            None => self.blocked_on_inferred.one(same_stack).map(|it| Fact::inferred(*it)),
        }
    }

    /// Where they were started: stated if anything is, otherwise inferred. For `same_stack` see [`Counter::one`].
    pub fn spawn_site(&self, same_stack: bool) -> Option<Fact<Frame>> {
        match self.stated.as_deref().filter(|it| !it.spawns.is_empty()) {
            Some(stated) => stated.spawns.one(same_stack).map(|it| Fact::stated(*it)),
            None => self.spawns_inferred.one(same_stack).map(|it| Fact::inferred(*it)),
        }
    }

    /// The helper that ran the `go` statement, such as `time.goFunc`; `None` if it was no helper. For `same_stack` see [`Counter::one`].
    pub fn spawn_helper(&self, same_stack: bool) -> Option<FunctionId> {
        self.stated.as_ref()?.spawn_helpers.one(same_stack).copied()
    }

    /// The single goroutines, in no order; none if no traceback lists them.
    pub fn goroutines(&self) -> &Goroutines {
        static NONE: Goroutines = Goroutines::new();
        self.stated.as_ref().map_or(&NONE, |stated| &stated.goroutines)
    }

    /// What their calls were given; `None` if no traceback lists them.
    pub fn arguments(&self) -> Option<&Arguments> {
        self.stated.as_ref().map(|stated| &stated.arguments)
    }

    /// How many the garbage collector proved leaked; `None` without its profile.
    pub fn proven(&self) -> Option<i128> {
        self.stated.as_ref().and_then(|stated| stated.proven)
    }

    /// The labels that all of them have.
    pub fn common_labels(&self) -> impl Iterator<Item = &(Box<str>, Box<str>)> {
        self.labels.iter().flat_map(|labels| &labels.common)
    }

    /// The shortest and the longest wait in whole minutes that a form states of several goroutines together; `None` if none does.
    pub fn minutes_range(&self) -> Option<(u32, u32)> {
        self.stated.as_ref().and_then(|stated| stated.minutes)
    }

    /// The whole minutes that goroutines have waited, in ascending order, as far as a traceback states them.
    pub fn minutes(&self) -> Vec<u32> {
        let mut minutes: Vec<u32> =
            self.goroutines().iter().filter_map(|goroutine| goroutine.minutes).collect();
        minutes.sort_unstable();
        minutes
    }

    pub(super) fn stated_or_default(&mut self) -> &mut StatedFacts {
        self.stated.get_or_insert_default()
    }

    /// Adds what a sample says of `count` goroutines, except for labels and, unless `with_stated_waits`, stated waits.
    pub(super) fn add(
        &mut self,
        filtered: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        count: i64,
        facts: &SampleFacts<'_>,
        with_stated_waits: bool,
    ) {
        if let Some(fact) = facts.blocked_on {
            match fact.basis {
                Basis::Stated if with_stated_waits => {
                    self.stated_or_default().blocked_on.add(&fact.value, count);
                }
                Basis::Stated => {}
                Basis::Inferred => self.blocked_on_inferred.add(&fact.value, count),
            }
        }
        if let Some(fact) = facts.spawn {
            match fact.basis {
                Basis::Stated => self.stated_or_default().spawns.add(&fact.value, count),
                Basis::Inferred => self.spawns_inferred.add(&fact.value, count),
            }
        }
        if let Some(call) = &facts.ancestor_call {
            self.stated_or_default().ancestor_calls.add(call, count);
        }
        if let Some(helper) = &facts.spawn_helper {
            self.stated_or_default().spawn_helpers.add(helper, count);
        }
        if let Some(state) = facts.state {
            self.stated_or_default().states.add(state, count);
        }
        if let Some(entry) = &facts.entry {
            self.entries.add(entry, count);
        }
        if let Some(site) = &facts.site {
            self.sites.add(site, count);
        }
        if let Some(goroutines) = sample_ref.goroutines.filter(|it| !it.is_empty()) {
            let all = &mut self.stated_or_default().goroutines;
            match facts.min_minutes {
                Some(least) => goroutines
                    .iter()
                    .filter(|it| it.minutes.unwrap_or(0) >= least)
                    .for_each(|it| all.push(it)),
                None => all.append(goroutines),
            }
        }
        if let Some((shortest, longest)) = sample_ref.detail.and_then(|detail| detail.minutes) {
            let minutes = &mut self.stated_or_default().minutes;
            let (low, high) = minutes.unwrap_or((shortest, longest));
            *minutes = Some((low.min(shortest), high.max(longest)));
        }
        if let Some(arguments) = sample_ref.detail.map(|it| &it.arguments) {
            self.stated_or_default()
                .arguments
                .append(arguments, |id| filtered.stacks.symbol_map.function(id));
        }
        if filtered.profile.state(sample_ref).is_some_and(|state| state.leaked) {
            self.mark_proven_leaked(count);
        }
    }

    pub(super) fn mark_proven_leaked(&mut self, count: i64) {
        *self.stated_or_default().proven.get_or_insert(0) += i128::from(count);
    }
}

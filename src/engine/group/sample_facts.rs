//! What one sample says of its goroutines.

use crate::golang;
use crate::model::BlockedOn;
use crate::model::Fact;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::SampleRef;
use crate::model::State;
use crate::stacks::SymbolTable;

use super::ancestor_call::AncestorCall;
use super::ancestor_call::ancestor_call;
use super::filtered::FilteredProfile;
use super::wait::blocked_on;

pub(super) struct SampleFacts<'s> {
    pub(super) blocked_on: Option<Fact<BlockedOn>>,
    pub(super) state: Option<&'s String>,
    pub(super) spawn: Option<Fact<Frame>>,
    pub(super) ancestor_call: Option<AncestorCall>,
    /// The function that ran the `go` statement for another.
    pub(super) spawn_helper: Option<FunctionId>,
    pub(super) entry: Option<Frame>,
    pub(super) site: Option<Frame>,
    /// The least minutes that its goroutines must have waited; `None` if any will do.
    pub(super) min_minutes: Option<u32>,
}

/// What a state says, with any stack.
pub(super) struct StateFacts {
    /// Go's words.
    words: String,
    blocked_on: Option<Fact<BlockedOn>>,
}

impl StateFacts {
    pub(super) fn new(state: &State) -> Self {
        StateFacts { words: state.words(), blocked_on: golang::blocked_on_by_words(&state.reason) }
    }
}

impl<'s> SampleFacts<'s> {
    /// What a sample says; `states` are those of its profile.
    pub(super) fn new(
        filtered: &FilteredProfile<'_>,
        sample_ref: &SampleRef<'_>,
        symbols: &SymbolTable,
        states: &'s [StateFacts],
    ) -> Self {
        let state = sample_ref.detail.and_then(|detail| detail.state);
        let state = state.and_then(|state| states.get(state.0 as usize));
        let by_words = state.and_then(|state| state.blocked_on);
        SampleFacts {
            blocked_on: by_words
                .or_else(|| blocked_on(filtered.profile, &filtered.stacks, sample_ref, symbols)),
            state: state.map(|state| &state.words),
            spawn: spawn_site(filtered, sample_ref, symbols),
            ancestor_call: ancestor_call(filtered, sample_ref, symbols),
            spawn_helper: sample_ref
                .spawn()
                .map(|frame| filtered.stacks.symbol_map.function(frame.function))
                .filter(|it| golang::is_spawn_helper(symbols.function_name(*it))),
            entry: filtered.stacks.entry(sample_ref.sample.stack),
            site: filtered.stacks.site(sample_ref.sample.stack),
            min_minutes: filtered.min_minutes(),
        }
    }
}

/// The state that a sample is grouped by: Go's words, or what it is blocked on if the form has no states.
pub(super) fn state_text(
    filtered: &FilteredProfile<'_>,
    sample_ref: &SampleRef<'_>,
    symbols: &SymbolTable,
) -> Option<String> {
    match filtered.profile.state(sample_ref) {
        Some(state) => Some(state.words()),
        None => {
            let fact = blocked_on(filtered.profile, &filtered.stacks, sample_ref, symbols);
            fact.map(|it| it.value.as_str().to_owned())
        }
    }
}

/// The spawn site of a sample: its `created by`, except for helpers, otherwise the function in which its entry, a closure, is written.
/// `None` if neither is known: a traceback without `created by` may be of the main goroutine, or cut.
pub(super) fn spawn_site(
    filtered: &FilteredProfile<'_>,
    sample_ref: &SampleRef<'_>,
    symbols: &SymbolTable,
) -> Option<Fact<Frame>> {
    let stacks = &filtered.stacks;
    let inferred = stacks.spawn_inferred(sample_ref.sample.stack).map(Fact::inferred);
    let Some(stated) = sample_ref.spawn() else { return inferred };
    let stated = stacks.symbol_map.frame(stated);
    let by_helper = golang::is_spawn_helper(symbols.function_name(stated.function));
    inferred.filter(|_| by_helper).or(Some(Fact::stated(stated)))
}

//! The class of each stack of a profile.

use crate::golang;
use crate::model::BlockedOn;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::StackId;
use crate::model::Truncation;
use crate::storage::PrefixCursor;
use crate::storage::StackArenaView;
use crate::storage::TransitionMap;
use crate::switches::Mechanism;

use super::filter::FrameFilter;
use super::frame_info::FrameTable;
use super::summary::SummaryInterner;
use super::symbol_table::SymbolTable;
use super::trie::MAX_NODES;
use super::trie::NodeId;
use super::trie::StackTrie;

/// Visits the stacks of a profile in order. Go sorts samples by stack, so of each stack usually only the locations after the prefix
/// that it shares with the previous one are visited.
pub(super) struct StackAnalyzer<'a> {
    profile: &'a Profile,
    frames: &'a FrameTable,
    symbols: &'a SymbolTable,
    filter: &'a FrameFilter,
    /// Whether the form shows the runtime's frames, so that their absence means something.
    shows_runtime: bool,
    encoded: StackArenaView<'a>,
    /// The current stack, and its node after each location.
    cursor: PrefixCursor<'a, NodeId>,
    trie: StackTrie,
    /// Whether stacks go through the trie. Not if frames may be filtered out, nor if hardly any node is visited twice.
    uses_trie: bool,
    wait: CachedWait,
    scratch: Vec<FrameId>,
    summaries: SummaryInterner,
    classes: StackClassInterner,
}

impl<'a> StackAnalyzer<'a> {
    pub(super) fn new(
        profile: &'a Profile,
        frames: &'a FrameTable,
        symbols: &'a SymbolTable,
        filter: &'a FrameFilter,
    ) -> Self {
        let nodes = profile.stacks.len().min(MAX_NODES / 4);
        let mut summaries = SummaryInterner::default();
        // A key has eight frames on average.
        summaries.keys.reserve(nodes, 8 * nodes);
        StackAnalyzer {
            profile,
            frames,
            symbols,
            filter,
            shows_runtime: shows_runtime(profile),
            encoded: profile.stacks.encoded(),
            cursor: PrefixCursor::default(),
            trie: StackTrie::new(nodes),
            uses_trie: filter.is_empty() && Mechanism::Trie.is_on(),
            wait: CachedWait::default(),
            scratch: Vec::new(),
            summaries,
            classes: StackClassInterner::default(),
        }
    }

    /// The id of each stack's class; the classes; and their summaries.
    pub(super) fn run(mut self) -> (Vec<u32>, Vec<StackClass>, SummaryInterner) {
        let stacks = (0..self.profile.stacks.len() as u32).map(StackId);
        let class_of = stacks.map(|stack| self.class_of(stack)).collect();
        (class_of, self.classes.all, self.summaries)
    }

    #[inline]
    fn class_of(&mut self, id: StackId) -> u32 {
        if self.trie.is_full(&self.summaries.collapser) {
            self.uses_trie &= self.trie.clear(&mut self.summaries.collapser);
            self.cursor = PrefixCursor::default();
        }
        let stacks = &self.profile.stacks;
        let encoded = self.encoded.get(id.0 as usize);
        let shared = self.cursor.advance_with_hint(encoded, stacks.common(id));
        let (profile, frames, symbols) = (self.profile, self.frames, self.symbols);
        let shows_runtime = self.shows_runtime;
        let wait = self.wait.get(shared, || wait_of(profile, frames, symbols, id, shows_runtime));
        let by_trie = if self.uses_trie { self.summary_by_trie() } else { None };
        let (summary, kept) = match by_trie {
            Some(summary) => (summary, true),
            None => self.summary_by_frames(id),
        };
        let Truncation { cut, elided_after } = stacks.truncation(id);
        let elided = elided_after.is_some();
        self.classes.intern(StackClass { summary, wait, cut, elided, kept })
    }

    /// The id of the current stack's summary; `None` if it has no visible frame.
    #[inline]
    fn summary_by_trie(&mut self) -> Option<u32> {
        let (stacks, frames) = (&self.profile.stacks, &self.frames.summaries);
        let mut node = self.cursor.top().unwrap_or(NodeId::ROOT);
        let mut rest = self.cursor.remaining();
        while let Some((location, after)) = LocationId::read(rest) {
            let collapser = &mut self.summaries.collapser;
            node = self.trie.child(node, location, stacks.frames_of(location), frames, collapser);
            rest = after;
            self.cursor.push(rest, node);
        }
        self.trie.finish(node, frames, &mut self.summaries)
    }

    /// The id of a stack's summary, and whether the filters keep the stack.
    fn summary_by_frames(&mut self, id: StackId) -> (u32, bool) {
        let kept = self.filter.apply(self.profile, id, &mut self.scratch);
        (self.summaries.intern_frames(&self.scratch, &self.frames.summaries), kept)
    }
}

/// What a stack says. Stacks of one class differ only in frames that do not count.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StackClass {
    /// The id of what its visible frames say.
    pub(super) summary: u32,
    pub(crate) wait: Wait,
    pub(super) cut: bool,
    pub(super) elided: bool,
    pub(crate) kept: bool,
}

#[derive(Default)]
struct StackClassInterner {
    all: Vec<StackClass>,
    /// From a summary to the classes that have it, which is usually one.
    ids: TransitionMap<StackClass>,
}

impl StackClassInterner {
    #[inline]
    fn intern(&mut self, class: StackClass) -> u32 {
        self.ids.get(class.summary, class).unwrap_or_else(|| {
            let id = self.all.len() as u32;
            self.ids.insert(class.summary, class, id);
            self.all.push(class);
            id
        })
    }
}

/// What the frames of a stack say of its wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Wait {
    pub(crate) blocked_on: Option<BlockedOn>,
    /// What the library function at its leaf blocks on, if `blocked_on` is `None`.
    pub(crate) blocked_in_library: Option<BlockedOn>,
}

/// The wait of a stack, and the number of frames, counted from the leaf, that decide it.
fn wait_of(
    profile: &Profile,
    frames: &FrameTable,
    symbols: &SymbolTable,
    id: StackId,
    shows_runtime: bool,
) -> (Wait, usize) {
    let leaves = frames.leaves(profile, id, symbols);
    let blocked_on = golang::blocked_on_inferred(leaves.clone(), shows_runtime).map(|fact| fact.value);
    let blocked_in_library =
        if blocked_on.is_none() { golang::blocked_on_in_library(leaves.clone()) } else { None };
    (Wait { blocked_on, blocked_in_library }, golang::frames_that_decide(leaves))
}

/// A form shows the runtime's frames if any goroutine is seen parked: none parks without `runtime.gopark`.
fn shows_runtime(profile: &Profile) -> bool {
    profile.form.shows_runtime()
        && (0..profile.symbols.functions_len() as u32)
            .any(|id| profile.symbols.function(FunctionId(id)) == "runtime.gopark")
}

/// The wait of the previous stack and the number of frames that decide it. The next stack has the same if both share these frames.
#[derive(Default)]
struct CachedWait(Option<(Wait, usize)>);

impl CachedWait {
    /// The wait of a stack that shares `shared_locations` locations, each of one frame or more, with the previous stack.
    #[inline]
    fn get(&mut self, shared_locations: usize, compute: impl FnOnce() -> (Wait, usize)) -> Wait {
        let last = self.0.filter(|(_, frames)| *frames <= shared_locations);
        self.0.insert(last.unwrap_or_else(compute)).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_computed_again_if_a_deciding_frame_differs() {
        let mut cache = CachedWait::default();
        let mut check = |shared: usize, computed: Option<(BlockedOn, usize)>, expected: BlockedOn| {
            let wait = |class| Wait { blocked_on: Some(class), ..Wait::default() };
            let compute = || computed.map(|(class, frames)| (wait(class), frames)).expect("a known wait");
            assert_eq!(cache.get(shared, compute), wait(expected), "{shared} {computed:?}");
        };
        check(9, Some((BlockedOn::Select, 2)), BlockedOn::Select);
        check(2, None, BlockedOn::Select);
        check(7, None, BlockedOn::Select);
        check(1, Some((BlockedOn::Lock, 4)), BlockedOn::Lock);
        check(3, Some((BlockedOn::Sleep, 1)), BlockedOn::Sleep);
        check(1, None, BlockedOn::Sleep);
        check(0, Some((BlockedOn::Sleep, 1)), BlockedOn::Sleep);
    }
}

//! A cache of what stacks say up to each of their locations.

use crate::model::FrameId;
use crate::model::LocationId;
use crate::storage::Interner;
use crate::storage::TransitionMap;

use super::frame_info::FrameSummary;
use super::recursion::RecursionCollapser;
use super::summary::PartialSummary;
use super::summary::SummaryInterner;
use super::visible::VisibleFrames;

/// The state of the analysis of a stack after some of its locations.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct StackState {
    visible: VisibleFrames,
    summary: PartialSummary,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct NodeId(u32);

impl NodeId {
    pub(super) const ROOT: NodeId = NodeId(0);
}

/// A trie of stacks whose nodes are the states after each location. Each state is stored once, so stacks that differ only in frames
/// that do not count share their nodes.
pub(super) struct StackTrie {
    states: Interner<StackState>,
    edges: TransitionMap<LocationId>,
    /// By node, the id of the summary of a stack that ends there, or [`NO_SUMMARY`].
    summaries: Vec<u32>,
    /// The number of locations whose edge was found.
    hits: usize,
}

/// The trie is full with this many nodes or, beyond the first of each node, four times as many edges.
pub(super) const MAX_NODES: usize = 1 << 16;

/// The number of collapsed prefixes at which the trie is full if it has no nodes: then few of them are reused, and a smaller table
/// stays in the processor's cache.
const MAX_COLLAPSED_WITHOUT_NODES: usize = 1 << 12;

const NO_SUMMARY: u32 = u32::MAX;

impl StackTrie {
    /// A trie with the root alone and capacity for `nodes` more nodes.
    pub(super) fn new(nodes: usize) -> Self {
        let (states, edges) = (Interner::default(), TransitionMap::default());
        let mut trie = StackTrie { states, edges, summaries: Vec::new(), hits: 0 };
        trie.states.intern(StackState::default());
        trie.states.reserve(nodes);
        trie
    }

    fn len(&self) -> usize {
        self.states.all().len()
    }

    /// Whether to start anew. A hostile profile has a new state for each of its frames.
    #[inline]
    pub(super) fn is_full(&self, collapser: &RecursionCollapser) -> bool {
        let max_collapsed = if self.len() == 1 { MAX_COLLAPSED_WITHOUT_NODES } else { MAX_NODES };
        self.len() > MAX_NODES || collapser.len() > max_collapsed || self.edges.others_len() > 4 * MAX_NODES
    }

    /// Removes all nodes but the root, and all collapsed prefixes; returns whether the trie saved work.
    pub(super) fn clear(&mut self, collapser: &mut RecursionCollapser) -> bool {
        let pays = self.hits > self.len();
        self.states.clear();
        self.states.intern(StackState::default());
        self.edges.clear();
        self.summaries.clear();
        self.hits = 0;
        collapser.clear();
        pays
    }

    /// The node after one more location with these frames.
    #[inline]
    pub(super) fn child(
        &mut self,
        from: NodeId,
        location: LocationId,
        frames: &[FrameId],
        summaries: &[FrameSummary],
        collapser: &mut RecursionCollapser,
    ) -> NodeId {
        if let Some(known) = self.edges.get(from.0, location) {
            self.hits += 1;
            return NodeId(known);
        }
        let StackState { mut visible, mut summary } = self.states.all()[from.0 as usize];
        visible.advance(frames, summaries, |frame| summary.include(frame, summaries, collapser));
        let child = self.states.intern(StackState { visible, summary });
        self.edges.insert(from.0, location, child);
        NodeId(child)
    }

    /// The id of the summary of a stack that ends at a node; `None` if the stack has no visible frame.
    #[inline]
    pub(super) fn finish(
        &mut self,
        node: NodeId,
        summaries: &[FrameSummary],
        interner: &mut SummaryInterner,
    ) -> Option<u32> {
        match self.summaries.get(node.0 as usize) {
            Some(&known) if known != NO_SUMMARY => return Some(known),
            Some(_) => {}
            None => self.summaries.resize(self.len(), NO_SUMMARY),
        }
        let StackState { visible, mut summary } = self.states.all()[node.0 as usize];
        let last = visible.last()?;
        summary.include(last, summaries, &mut interner.collapser);
        let id = interner.intern(summary, Some(last));
        self.summaries[node.0 as usize] = id;
        Some(id)
    }
}

//! The edges of a trie or an automaton.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZero;

use foldhash::fast::RandomState;

/// A transition table `(node, key) -> node`, optimised for nodes with a single outgoing edge.
#[derive(Debug)]
pub(crate) struct TransitionMap<K> {
    /// The first edge of each node, inline. The target is stored plus one, so that the niche of `NonZero` says "no edge".
    first: Vec<Option<(K, NonZero<u32>)>>,
    others: HashMap<(u32, K), u32, RandomState>,
}

impl<K> Default for TransitionMap<K> {
    fn default() -> Self {
        TransitionMap { first: Vec::new(), others: HashMap::default() }
    }
}

impl<K: Copy + Eq + Hash> TransitionMap<K> {
    /// The target of an edge; `None` if there is no such edge.
    #[inline]
    pub(crate) fn get(&self, from: u32, key: K) -> Option<u32> {
        match self.first.get(from as usize).copied().flatten()? {
            (first, to) if first == key => Some(to.get() - 1),
            _ => self.others.get(&(from, key)).copied(),
        }
    }

    /// Adds an edge that is not there yet. `to` must be less than `u32::MAX`.
    pub(crate) fn insert(&mut self, from: u32, key: K, to: u32) {
        let at = from as usize;
        if self.first.len() <= at {
            self.first.resize(at + 1, None);
        }
        match self.first.get_mut(at) {
            Some(first @ None) => *first = Some((key, NonZero::<u32>::MIN.saturating_add(to))),
            _ => {
                self.others.insert((from, key), to);
            }
        }
    }

    /// The number of edges that are not the first one of their node.
    pub(crate) fn others_len(&self) -> usize {
        self.others.len()
    }

    pub(crate) fn clear(&mut self) {
        self.first.clear();
        self.others.clear();
    }
}

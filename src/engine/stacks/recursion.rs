//! Collapsed recursion: stacks that differ only in how deep they recurse have the same key.

use crate::storage::TransitionMap;

/// The longest cycle of frames that is collapsed. Mutual recursion of more functions stays as it is.
const MAX_PERIOD: usize = 16;

/// Collapses repetitions in sequences of keys, one key at a time: if the last `p <= MAX_PERIOD` keys repeat the `p` keys before them,
/// they are dropped. See `reference` in the tests.
///
/// Collapsed sequences are stored as a tree in which each node refers to its prefix, so that sequences with a common prefix
/// share it, and [`RecursionCollapser::push`] looks for a repetition only once for each prefix and key.
#[derive(Debug, Default)]
pub(super) struct RecursionCollapser {
    /// The nodes, without the root.
    nodes: Vec<Node>,
    /// From a sequence and the next key to the collapsed sequence.
    next: TransitionMap<u32>,
}

/// The last key of a collapsed sequence, and the rest of it.
#[derive(Clone, Copy, Debug)]
struct Node {
    prefix: CollapsedId,
    key: u32,
    len: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct CollapsedId(u32);

impl RecursionCollapser {
    /// The sequence `before` with one more key.
    #[inline]
    pub(super) fn push(&mut self, before: CollapsedId, key: u32) -> CollapsedId {
        self.next.get(before.0, key).map(CollapsedId).unwrap_or_else(|| self.push_new(before, key))
    }

    fn push_new(&mut self, before: CollapsedId, key: u32) -> CollapsedId {
        let after = self.without_repetition(before, key).unwrap_or_else(|| {
            let len = self.keys_len(before) as u32 + 1;
            self.nodes.push(Node { prefix: before, key, len });
            CollapsedId(self.nodes.len() as u32)
        });
        self.next.insert(before.0, key, after.0);
        after
    }

    /// If `key` completes the repetition of a cycle, the sequence that ends with the first run of the cycle.
    fn without_repetition(&self, before: CollapsedId, key: u32) -> Option<CollapsedId> {
        // A cycle that is repeated has at most half of the keys.
        let max_period = MAX_PERIOD.min(self.keys_len(before).div_ceil(2));
        let keys = |from: CollapsedId| self.ancestors(from).map(|(_, node)| node.key);
        // `node` is `n + 1` keys before `key`: the `n` keys before each of the two must be the same.
        let ends_first_run = |&(n, (_, node)): &(usize, (CollapsedId, Node))| {
            node.key == key && keys(before).take(n).eq(keys(node.prefix).take(n))
        };
        let mut ends = self.ancestors(before).take(max_period).enumerate();
        ends.find(ends_first_run).map(|(_, (id, _))| id)
    }

    fn node(&self, id: CollapsedId) -> Option<&Node> {
        self.nodes.get(id.0.checked_sub(1)? as usize)
    }

    /// A sequence and its prefixes, the longest first, without the empty one.
    fn ancestors(&self, from: CollapsedId) -> impl Iterator<Item = (CollapsedId, Node)> {
        let mut next = from;
        std::iter::from_fn(move || {
            let (id, node) = (next, *self.node(next)?);
            next = node.prefix;
            Some((id, node))
        })
    }

    pub(super) fn keys_len(&self, id: CollapsedId) -> usize {
        self.node(id).map_or(0, |node| node.len as usize)
    }

    pub(super) fn extend_keys(&self, id: CollapsedId, keys: &mut Vec<u32>) {
        let start = keys.len();
        keys.resize(start + self.keys_len(id), 0);
        let places = keys.iter_mut().skip(start).rev();
        places.zip(self.ancestors(id)).for_each(|(place, (_, node))| *place = node.key);
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len() + 1
    }

    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.next.clear();
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn collapse(collapser: &mut RecursionCollapser, keys: &[u32]) -> Vec<u32> {
        let id = keys.iter().fold(CollapsedId::default(), |id, key| collapser.push(id, *key));
        let mut kept = Vec::new();
        collapser.extend_keys(id, &mut kept);
        assert_eq!(collapser.keys_len(id), kept.len());
        kept
    }

    #[test]
    fn cycles() {
        let mut collapser = RecursionCollapser::default();
        let mut check = |input: &str, expected: &str| {
            let keys: Vec<u32> = input.chars().map(u32::from).collect();
            let kept = collapse(&mut collapser, &keys);
            let kept: String = kept.into_iter().filter_map(char::from_u32).collect();
            assert_eq!(kept, expected, "{input}");
        };
        check("", "");
        check("abc", "abc");
        check("aaaa", "a");
        check("ababab", "ab");
        check("xabababy", "xaby");
        check("abcabcabcd", "abcd");
        check("abab", "ab");
        check("abba", "aba");
        check("xabababyabay", "xabyabay");
        check("abcbcbcabcd", "abcd");
        check("abcdefghijklmnopabcdefghijklmnop", "abcdefghijklmnop");
        check("abcdefghijklmnopqabcdefghijklmnopq", "abcdefghijklmnopqabcdefghijklmnopq");
    }

    /// Keys in which cycles of all lengths repeat (from a linear congruential generator).
    fn random_keys(seed: u32) -> Vec<u32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let (length, kinds) = (next() % 200, 1 + next() % 20);
        let mut keys: Vec<u32> = Vec::new();
        while keys.len() < length as usize {
            let cycle = 1 + next() as usize % 18;
            match keys.len().checked_sub(cycle).filter(|_| next() % 3 > 0) {
                Some(from) => keys.extend_from_within(from..),
                None => keys.push(next() % kinds),
            }
        }
        keys
    }

    /// The obvious algorithm: after each key, the shortest repetition at the end is dropped.
    pub(crate) fn reference(keys: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut kept: Vec<u32> = Vec::new();
        for key in keys {
            kept.push(key);
            let cycle = (1..=MAX_PERIOD.min(kept.len() / 2))
                .find(|n| kept[kept.len() - n..] == kept[kept.len() - 2 * n..kept.len() - n]);
            kept.truncate(kept.len() - cycle.unwrap_or(0));
        }
        kept
    }

    #[test]
    fn random_keys_collapse_as_in_the_reference() {
        let mut collapser = RecursionCollapser::default();
        let mut check = |keys: Vec<u32>| {
            assert_eq!(collapse(&mut collapser, &keys), reference(keys.iter().copied()), "{keys:?}");
        };
        let often = [0..16, 0..15, 0..14, 0..14, 14..16, 0..16];
        check(often.into_iter().flatten().collect());
        for seed in 0..20_000 {
            check(random_keys(seed));
        }
    }
}

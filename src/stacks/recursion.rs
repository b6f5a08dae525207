//! Recursion, folded: stacks that differ only in how deep they recurse look the same.

use crate::storage::TransitionMap;

/// Longest cycle of frames that is looked for: mutual recursion of more functions is left as it is.
const LONGEST_CYCLE: usize = 16;

/// Stacks of keys, small numbers that say what is the same, with their recursion folded: a run of the same key, or of the same
/// cycle of keys, is kept once. What is kept has a number; what stacks begin with alike is there once.
///
/// ```
/// let mut folds = leakscope::stacks::Folds::default();
/// let mut fold = |keys: &[u32]| keys.iter().fold(leakscope::stacks::Folded::NOTHING, |at, key| folds.push(at, *key));
/// let folded = fold(&[1, 2, 2, 2, 3, 2, 3, 4]);
/// assert_eq!(folded, fold(&[1, 2, 3, 4]));
/// assert_eq!(folds.keys(folded), [1, 2, 3, 4]);
/// ```
#[derive(Debug, Default)]
pub struct RecursionCollapser {
    /// What is kept, but for nothing at all.
    kept: Vec<CollapsedFrame>,
    /// What comes of each that had a key put to it.
    next: TransitionMap<u32>,
}

/// A key, and what is kept before it.
#[derive(Clone, Copy, Debug)]
struct CollapsedFrame {
    before: CollapsedId,
    key: u32,
    /// How many keys there are with this one.
    len: u32,
}

/// The number of what is kept of a stack, in its [`RecursionCollapser`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollapsedId(pub u32);

impl CollapsedId {
    /// Of no frame.
    pub const NOTHING: CollapsedId = CollapsedId(0);
}

impl RecursionCollapser {
    /// What is kept once the key of the next frame is put to what was kept before.
    #[inline]
    pub fn push(&mut self, before: CollapsedId, key: u32) -> CollapsedId {
        self.next.get(before.0, key).map(CollapsedId).unwrap_or_else(|| self.push_new(before, key))
    }

    /// Forgets everything: numbers that were given mean nothing any more.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.next.clear();
    }

    fn push_new(&mut self, before: CollapsedId, key: u32) -> CollapsedId {
        let folded = self.cycle(before, key).unwrap_or_else(|| {
            let len = self.len(before) as u32 + 1;
            self.kept.push(CollapsedFrame { before, key, len });
            CollapsedId(self.kept.len() as u32)
        });
        self.next.insert(before.0, key, folded.0);
        folded
    }

    /// What was kept before the cycle that a key ends, if it is the one that stands before it again.
    fn cycle(&self, before: CollapsedId, key: u32) -> Option<CollapsedId> {
        let (mut keys, mut known, mut up) = ([key; 2 * LONGEST_CYCLE], 1, self.up(before));
        for length in 1..=LONGEST_CYCLE {
            if known == length {
                keys[known] = up.next()?.1.key;
                known += 1;
            }
            if keys[length] != key {
                continue;
            }
            while known < 2 * length {
                keys[known] = up.next()?.1.key;
                known += 1;
            }
            if keys[..length] == keys[length..2 * length] {
                // The first key of the cycle was not put down.
                return Some(
                    self.up(before).nth(length - 1).map_or(CollapsedId::NOTHING, |(folded, _)| folded),
                );
            }
        }
        None
    }

    /// The last key that is kept; `None` of nothing at all.
    fn at(&self, folded: CollapsedId) -> Option<&CollapsedFrame> {
        self.kept.get(folded.0.checked_sub(1)? as usize)
    }

    /// What is kept, and each that it grew from, but for nothing at all.
    fn up(&self, from: CollapsedId) -> impl Iterator<Item = (CollapsedId, CollapsedFrame)> {
        let mut at = from;
        std::iter::from_fn(move || {
            let (folded, kept) = (at, *self.at(at)?);
            at = kept.before;
            Some((folded, kept))
        })
    }

    /// How many keys are kept.
    pub fn len(&self, of: CollapsedId) -> usize {
        self.at(of).map_or(0, |kept| kept.len as usize)
    }

    /// The keys that are kept.
    pub fn keys(&self, of: CollapsedId) -> Vec<u32> {
        let mut keys = Vec::new();
        self.extend_keys(of, &mut keys);
        keys
    }

    /// Puts the keys that are kept to others.
    pub fn extend_keys(&self, of: CollapsedId, to: &mut Vec<u32>) {
        let begin = to.len();
        to.resize(begin + self.len(of), 0);
        let places = to.iter_mut().skip(begin).rev();
        places.zip(self.up(of)).for_each(|(place, (_, kept))| *place = kept.key);
    }

    /// How many numbers there are: those of all that is kept are `0..numbers`.
    pub fn numbers(&self) -> usize {
        self.kept.len() + 1
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn fold(collapser: &mut RecursionCollapser, keys: &[u32]) -> Vec<u32> {
        let folded = keys.iter().fold(CollapsedId::NOTHING, |at, key| collapser.push(at, *key));
        let kept = collapser.keys(folded);
        assert_eq!(collapser.len(folded), kept.len());
        kept
    }

    #[test]
    fn cycles() {
        let mut collapser = RecursionCollapser::default();
        let mut check = |input: &str, expected: &str| {
            let keys: Vec<u32> = input.chars().map(u32::from).collect();
            let kept = fold(&mut collapser, &keys);
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

    /// Keys in which cycles of all lengths come again and again (a linear congruential generator).
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

    /// The keys that are kept, each looked at anew.
    pub(crate) fn reference(keys: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut kept: Vec<u32> = Vec::new();
        for key in keys {
            kept.push(key);
            let cycle = (1..=LONGEST_CYCLE.min(kept.len() / 2))
                .find(|n| kept[kept.len() - n..] == kept[kept.len() - 2 * n..kept.len() - n]);
            kept.truncate(kept.len() - cycle.unwrap_or(0));
        }
        kept
    }

    #[test]
    fn folds_as_if_each_key_were_looked_at() {
        let mut collapser = RecursionCollapser::default();
        let mut check = |keys: Vec<u32>| {
            assert_eq!(fold(&mut collapser, &keys), reference(keys.iter().copied()), "{keys:?}");
        };
        let often = [0..16, 0..15, 0..14, 0..14, 14..16, 0..16];
        check(often.into_iter().flatten().collect());
        for seed in 0..20_000 {
            check(random_keys(seed));
        }
    }
}

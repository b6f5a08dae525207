//! Recursion, folded: stacks that differ only in how deep they recurse look the same.

/// Longest cycle of frames that is looked for: mutual recursion of more functions is left as it is.
const LONGEST_CYCLE: usize = 16;

/// Folds recursion while a stack is put down: a run of the same item, or of the same cycle of items, is kept once.
///
/// ```
/// let mut fold = leakscope::facts::Fold::default();
/// for key in [1, 2, 2, 2, 3, 2, 3, 4] {
///     fold.push(key);
/// }
/// assert_eq!(fold.keys(), [1, 2, 3, 4]);
/// ```
#[derive(Debug)]
pub struct Fold {
    keys: Vec<u32>,
    /// For each key a place that is not before the last where it is kept. Places are counted over all stacks, so that those
    /// of a stack before are far away.
    last: Vec<u64>,
    /// The place of the first key of this stack.
    begin: u64,
    /// Behind all places where a key was put down and taken away again.
    furthest: u64,
}

impl Default for Fold {
    fn default() -> Self {
        let begin = LONGEST_CYCLE as u64 + 1;
        Fold { keys: Vec::new(), last: Vec::new(), begin, furthest: begin }
    }
}

impl Fold {
    /// Begins a new stack. Its room is used again.
    pub fn clear(&mut self) {
        self.begin = self.furthest.max(self.begin + self.keys.len() as u64) + LONGEST_CYCLE as u64 + 1;
        self.furthest = self.begin;
        self.keys.clear();
    }

    /// The keys that are kept.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// Puts down the key of the next frame: a small number that says what is the same.
    #[inline]
    pub fn push(&mut self, key: u32) {
        if self.last.len() <= key as usize {
            self.last.resize(key as usize + 1, 0);
        }
        let place = self.begin + self.keys.len() as u64;
        let last = std::mem::replace(&mut self.last[key as usize], place);
        self.keys.push(key);
        // Only a key that is not far away can end a cycle.
        if last + LONGEST_CYCLE as u64 >= place {
            self.fold();
        }
    }

    /// Takes the last keys away, if they are those of the cycle before them.
    fn fold(&mut self) {
        let len = self.keys.len();
        let is_cycle = |length: &usize| {
            let (before, last) = self.keys[len - 2 * length..].split_at(*length);
            before.last() == last.last() && before == last
        };
        if let Some(length) = (1..=LONGEST_CYCLE.min(len / 2)).find(is_cycle) {
            self.furthest = self.furthest.max(self.begin + len as u64);
            self.keys.truncate(len - length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fold: &mut Fold, input: &str, expected: &str) {
        fold.clear();
        for c in input.chars() {
            fold.push(u32::from(c));
        }
        let kept: String = fold.keys().iter().filter_map(|key| char::from_u32(*key)).collect();
        assert_eq!(kept, expected, "{input}");
    }

    #[test]
    fn cycles() {
        let mut fold = Fold::default();
        let mut check = |input: &str, expected: &str| check(&mut fold, input, expected);
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

    /// Keys of few kinds, so that cycles are common (a linear congruential generator).
    fn random_keys(seed: u32) -> Vec<u32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let (length, kinds) = (next() % 60, 1 + next() % 4);
        (0..length).map(|_| next() % kinds).collect()
    }

    #[test]
    fn folds_as_if_each_key_were_looked_at() {
        let mut fold = Fold::default();
        for seed in 0..5000 {
            let mut kept: Vec<u32> = Vec::new();
            fold.clear();
            for key in random_keys(seed) {
                fold.push(key);
                kept.push(key);
                let cycle = (1..=LONGEST_CYCLE.min(kept.len() / 2))
                    .find(|n| kept[kept.len() - n..] == kept[kept.len() - 2 * n..kept.len() - n]);
                kept.truncate(kept.len() - cycle.unwrap_or(0));
            }
            assert_eq!(fold.keys(), kept, "seed {seed}");
        }
    }
}

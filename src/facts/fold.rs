//! Recursion, folded: stacks that differ only in how deep they recurse look the same.

/// Longest cycle of frames that is looked for: mutual recursion of more functions is left as it is. No more than a `u16` has
/// bits.
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
#[derive(Debug, Default)]
pub struct Fold {
    keys: Vec<u32>,
    /// For each key that is kept, how far back the same key stands: bit 0 for one place back, and so on.
    same: Vec<u16>,
    /// Where each key was seen.
    seen: Vec<Seen>,
    /// How many keys of this stack were taken away.
    taken: usize,
}

/// Where a key was seen. What is said of a stack before is known by that: the key is not there in this one.
#[derive(Clone, Copy, Debug)]
struct Seen {
    last: u32,
    /// How far back of `last` it was seen: bit 0 is `last` itself.
    places: u32,
}

/// The key was seen nowhere.
const NOWHERE: Seen = Seen { last: u32::MAX, places: 0 };

impl Fold {
    /// Begins a new stack. Its room is used again.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.same.clear();
        self.taken = 0;
    }

    /// The keys that are kept.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// Puts down the key of the next frame: a small number that says what is the same.
    #[inline]
    pub fn push(&mut self, key: u32) {
        let at = self.keys.len() as u32;
        if self.seen.len() <= key as usize {
            self.seen.resize(key as usize + 1, NOWHERE);
        }
        let seen = &mut self.seen[key as usize];
        let (mut same, mut places) = (0, 1);
        if seen.last < at && self.keys[seen.last as usize] == key {
            let back = at - seen.last;
            same = seen.places.checked_shl(back - 1).unwrap_or(0) as u16;
            places |= seen.places.checked_shl(back).unwrap_or(0);
        }
        *seen = Seen { last: at, places };
        self.keys.push(key);
        self.same.push(same);
        if same != 0 {
            self.fold();
        }
    }

    /// Takes the last keys away, if they are those of the cycle before them.
    fn fold(&mut self) {
        let mut lengths = u16::MAX;
        let longest = self.same.iter().rev().zip(1..=LONGEST_CYCLE);
        for (same, length) in longest {
            // What is left are the lengths after which all of these keys come again.
            lengths &= same;
            if lengths == 0 {
                return;
            }
            if lengths >> (length - 1) & 1 == 1 {
                self.take_away(length);
                return;
            }
        }
    }

    fn take_away(&mut self, length: usize) {
        let kept = self.keys.len() - length;
        for key in self.keys.drain(kept..).rev() {
            let seen = &mut self.seen[key as usize];
            let earlier = seen.places >> 1;
            let back = earlier.trailing_zeros();
            *seen = match earlier {
                0 => NOWHERE,
                _ => Seen { last: seen.last - 1 - back, places: earlier >> back },
            };
        }
        self.same.truncate(kept);
        // Each key that is taken away takes one of the places that are known of it. When those that are left do not reach back
        // far enough for sure, they are looked for anew.
        self.taken += length;
        if self.taken + LONGEST_CYCLE >= u32::BITS as usize {
            // What was taken away is the same as what stands before it.
            for at in kept - length..kept {
                self.look_for(self.keys[at]);
            }
        }
    }

    /// Looks for a key among the last that are kept.
    fn look_for(&mut self, key: u32) {
        let mut found = NOWHERE;
        for (at, _) in self.keys.iter().enumerate().rev().take(LONGEST_CYCLE).filter(|(_, it)| **it == key) {
            found.last = if found.places == 0 { at as u32 } else { found.last };
            found.places |= 1 << (found.last - at as u32);
        }
        self.seen[key as usize] = found;
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

    fn reference(keys: impl IntoIterator<Item = u32>) -> Vec<u32> {
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
        let mut fold = Fold::default();
        let mut check = |keys: Vec<u32>| {
            fold.clear();
            keys.iter().for_each(|key| fold.push(*key));
            assert_eq!(fold.keys(), reference(keys.iter().copied()), "{keys:?}");
        };
        // Taken away so often that what is known of a key does not reach back any more.
        let often = [0..16, 0..15, 0..14, 0..14, 14..16, 0..16];
        check(often.into_iter().flatten().collect());
        for seed in 0..20_000 {
            check(random_keys(seed));
        }
    }
}

//! Which frames of a stack are Go's own plumbing, so that a stack looks the same in every form.
//!
//! `debug=1` hides the runtime's frames at the leaf, `debug=2` hides all but the exported ones, the protobuf hides none
//! (`runtime/pprof/pprof.go`, `printStackRecord`; `runtime/traceback.go`, `showfuncinfo`).

use crate::model::Owner;

/// How a function counts in the identity of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plumbing {
    /// Always part of it.
    Visible,
    /// A part unless it stands at the leaf: exported functions of the runtime, and a panic.
    UnlessLeaf,
    /// Never a part of it, unless the stack has nothing else.
    Hidden,
}

/// How a function counts, by its identity name and its owner.
pub fn plumbing(identity: &str, owner: Owner) -> Plumbing {
    if owner != Owner::Runtime {
        return Plumbing::Visible;
    }
    let exported = identity
        .strip_prefix("runtime.")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    if exported || identity == "runtime.gopanic" || !identity.starts_with("runtime.") {
        return Plumbing::UnlessLeaf;
    }
    Plumbing::Hidden
}

/// Longest cycle of frames that is looked for: mutual recursion of more functions is left as it is. No more than a `u16` has
/// bits.
pub const LONGEST_CYCLE: usize = 16;

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
    }

    #[test]
    fn roles() {
        let check = |name: &str, owner: Owner, expected: Plumbing| {
            assert_eq!(plumbing(name, owner), expected, "{name}")
        };
        check("runtime.gopark", Owner::Runtime, Plumbing::Hidden);
        check("runtime.Gosched", Owner::Runtime, Plumbing::UnlessLeaf);
        check("runtime.gopanic", Owner::Runtime, Plumbing::UnlessLeaf);
        check("internal/runtime/maps.fatal", Owner::Runtime, Plumbing::UnlessLeaf);
        check("runtime/pprof.writeGoroutine", Owner::Standard, Plumbing::Visible);
    }
}

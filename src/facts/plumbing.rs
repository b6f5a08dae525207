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
#[derive(Debug, Default)]
pub struct Fold {
    keys: Vec<u32>,
    /// Where the same key stood before, for each that is kept.
    before: Vec<u32>,
    /// Where each key stood last. What is said of a key that is not there is known by looking.
    last: Vec<u32>,
}

/// The key stood nowhere before.
const NOWHERE: u32 = u32::MAX;

impl Fold {
    /// Begins a new stack. Its room is used again.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.before.clear();
    }

    /// The keys that are kept.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// Puts down the key of the next frame: a small number that says what is the same.
    #[inline]
    pub fn push(&mut self, key: u32) {
        let kept = self.keys.len() as u32;
        self.keys.push(key);
        let known = match self.last.get_mut(key as usize) {
            Some(last) => std::mem::replace(last, kept),
            None => {
                self.last.resize(key as usize + 1, NOWHERE);
                self.last[key as usize] = kept;
                NOWHERE
            }
        };
        // What is said of a stack before this one is not true of this one, which its own keys show.
        if known < kept && self.keys[known as usize] == key {
            self.before.push(known);
            self.fold();
        } else {
            self.before.push(NOWHERE);
        }
    }

    fn fold(&mut self) {
        let cycle = shortest_cycle(&self.keys, &self.before);
        if cycle > 0 {
            let kept = self.keys.len() - cycle;
            self.keys.truncate(kept);
            self.before.truncate(kept);
            for (at, key) in self.keys.iter().enumerate().skip(kept - cycle) {
                self.last[*key as usize] = at as u32;
            }
        }
    }
}

/// The length of the shortest cycle that ends with the last key and stands twice; 0 if there is none.
fn shortest_cycle(keys: &[u32], before: &[u32]) -> usize {
    let last = keys.len() - 1;
    let longest = LONGEST_CYCLE.min(keys.len() / 2);
    let mut at = before[last] as usize;
    while at != NOWHERE as usize {
        let length = last - at;
        if length > longest {
            return 0;
        }
        // The last keys tell most of what is none.
        if (1..length).all(|back| keys[last - back] == keys[at - back]) {
            return length;
        }
        at = before[at] as usize;
    }
    0
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

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

/// Folds recursion: a run of the same item, or of the same cycle of items, is kept once.
///
/// ```
/// let (mut keys, mut items) = (vec![1, 2, 2, 2, 3, 2, 3, 4], vec!["a", "b", "b", "b", "c", "b", "c", "d"]);
/// leakscope::facts::Fold::default().fold(&mut keys, &mut items);
/// assert_eq!(items, ["a", "b", "c", "d"]);
/// ```
#[derive(Debug, Default)]
pub struct Fold {
    /// Where each key stood last. What is said of a key that is not there is known by looking.
    last: Vec<u32>,
    /// Where the same key stood before, for each that is kept.
    before: Vec<u32>,
}

/// The key stood nowhere before.
const NOWHERE: u32 = u32::MAX;

impl Fold {
    /// Folds one stack; its room is used again for the next. `keys` are small numbers that say what is the same; `items`
    /// is cut alike.
    pub fn fold<T: Copy>(&mut self, keys: &mut Vec<u32>, items: &mut Vec<T>) {
        let Fold { last, before } = self;
        before.clear();
        let mut kept = 0;
        for read in 0..keys.len() {
            let key = keys[read];
            keys[kept] = key;
            items[kept] = items[read];
            if last.len() <= key as usize {
                last.resize(key as usize + 1, NOWHERE);
            }
            let known = std::mem::replace(&mut last[key as usize], kept as u32);
            // What is said of a stack before this one is not true of this one, which its own keys show.
            let repeated = (known as usize) < kept && keys[known as usize] == key;
            before.push(if repeated { known } else { NOWHERE });
            kept += 1;
            if !repeated {
                continue;
            }
            let cycle = shortest_cycle(&keys[..kept], before);
            kept -= cycle;
            before.truncate(kept);
            for at in kept - cycle..kept {
                last[keys[at] as usize] = at as u32;
            }
        }
        keys.truncate(kept);
        items.truncate(kept);
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
        let mut items: Vec<char> = input.chars().collect();
        let mut keys: Vec<u32> = items.iter().map(|c| u32::from(*c)).collect();
        fold.fold(&mut keys, &mut items);
        assert_eq!(items.iter().collect::<String>(), expected, "{input}");
        assert!(items.iter().map(|c| u32::from(*c)).eq(keys));
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

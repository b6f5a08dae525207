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

/// Folds recursion: a run of the same item, or of the same cycle of items, is kept once. `keys` says what is the same;
/// `items` is cut alike.
///
/// ```
/// let (mut keys, mut items) = (vec![1, 2, 2, 2, 3, 2, 3, 4], vec!["a", "b", "b", "b", "c", "b", "c", "d"]);
/// leakscope::facts::fold_cycles(&mut keys, &mut items);
/// assert_eq!(items, ["a", "b", "c", "d"]);
/// ```
pub fn fold_cycles<K: PartialEq + Copy, T: Copy>(keys: &mut Vec<K>, items: &mut Vec<T>) {
    let mut kept = 0;
    for read in 0..keys.len() {
        keys[kept] = keys[read];
        items[kept] = items[read];
        kept += 1;
        let longest = LONGEST_CYCLE.min(kept / 2);
        // The last of a cycle tells most of what is none.
        let repeats = |n: usize| {
            keys[kept - 1] == keys[kept - 1 - n] && keys[kept - n..kept] == keys[kept - 2 * n..kept - n]
        };
        if let Some(cycle) = (1..=longest).find(|&n| repeats(n)) {
            kept -= cycle;
        }
    }
    keys.truncate(kept);
    items.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &str) {
        let mut keys: Vec<char> = input.chars().collect();
        let mut items = keys.clone();
        fold_cycles(&mut keys, &mut items);
        assert_eq!(items.iter().collect::<String>(), expected, "{input}");
        assert_eq!(keys, items);
    }

    #[test]
    fn cycles() {
        check("", "");
        check("abc", "abc");
        check("aaaa", "a");
        check("ababab", "ab");
        check("xabababy", "xaby");
        check("abcabcabcd", "abcd");
        check("abab", "ab");
        check("abba", "aba");
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

//! Sorting of short lists.
//!
//! The standard library's sort is compiled once for each list and order, which is 8 KB of the binary each time. Here it is compiled once,
//! and calls the comparison through a pointer. It is for what is sorted once for each report, and not for samples.

use std::cmp::Ordering;

/// Sorts as [`slice::sort_by`] does.
pub fn by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    let mut order = order(items.len(), &mut |a, b| compare(&items[a], &items[b]));
    // Along each cycle of the permutation, every place gets its item.
    for start in 0..items.len() {
        let mut at = start;
        loop {
            let from = order[at];
            order[at] = at;
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

/// Sorts as [`slice::sort_by_key`] does.
pub fn by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// For each place, the index of the item that belongs there.
fn order(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| compare(*a, *b));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(mut items in proptest::collection::vec((0u8..9, any::<u16>()), 0..90)) {
            let mut expected = items.clone();
            expected.sort_by_key(|it| it.0);
            super::by_key(&mut items, |it| it.0);
            prop_assert_eq!(items, expected);
        }
    }
}

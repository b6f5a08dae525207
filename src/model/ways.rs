//! Ways from numbers over keys to other numbers.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZero;

use foldhash::fast::RandomState;

/// What comes of a number and a key, where most numbers have one key only: their ways lie by the number.
#[derive(Debug)]
pub(crate) struct Ways<K> {
    /// The first way of each number, to one less than what stands there: so it takes no room to say that there is none.
    first: Vec<Option<(K, NonZero<u32>)>>,
    others: HashMap<(u32, K), u32, RandomState>,
}

impl<K> Default for Ways<K> {
    fn default() -> Self {
        Ways { first: Vec::new(), others: HashMap::default() }
    }
}

impl<K: Copy + Eq + Hash> Ways<K> {
    /// Where a way leads; `None` if there is none.
    #[inline]
    pub(crate) fn get(&self, from: u32, key: K) -> Option<u32> {
        match self.first.get(from as usize).copied().flatten()? {
            (first, to) if first == key => Some(to.get() - 1),
            _ => self.others.get(&(from, key)).copied(),
        }
    }

    /// Takes in a way that is not there, to less than the greatest number.
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

    /// How many ways there are beside the first ones.
    pub(crate) fn others(&self) -> usize {
        self.others.len()
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.first.clear();
        self.others.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_and_others() {
        let mut ways = Ways::default();
        for (from, key) in [(5, 'a'), (0, 'a'), (5, 'b'), (0, 'c'), (5, 'c')] {
            assert_eq!(ways.get(from, key), None, "{from} {key}");
            ways.insert(from, key, from * 1000 + u32::from(key));
        }
        for (from, key) in [(5, 'a'), (0, 'a'), (5, 'b'), (0, 'c'), (5, 'c')] {
            assert_eq!(ways.get(from, key), Some(from * 1000 + u32::from(key)));
        }
        assert_eq!(
            (ways.get(0, 'b'), ways.get(1, 'a'), ways.get(9, 'a'), ways.others()),
            (None, None, None, 3)
        );
        ways.clear();
        assert_eq!((ways.get(5, 'a'), ways.get(5, 'b'), ways.others()), (None, None, 0));
    }
}

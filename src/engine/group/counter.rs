//! Counts of the values that goroutines of a group have.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

/// Counts how often each value occurs. Most groups have a single value, which needs no allocation.
#[derive(Clone, Debug, Default)]
pub enum Counter<T> {
    /// Nothing was counted.
    #[default]
    Empty,
    /// One value.
    One(T, i64),
    /// Several values, or a count that 64 bits cannot hold.
    Many(Box<ManyCounts<T>>),
}

/// Several values and their counts.
#[derive(Clone, Debug)]
pub struct ManyCounts<T> {
    counts: Vec<(T, i128)>,
    /// The position of each value in `counts`; empty with at most [`LINEAR_SCAN_MAX`] values.
    index: HashMap<T, usize, RandomState>,
}

/// Up to this many values, a linear scan is faster than a hash map.
const LINEAR_SCAN_MAX: usize = 16;

impl<T: Ord + Clone + Hash> ManyCounts<T> {
    fn add(&mut self, value: &T, count: i128) {
        let ManyCounts { counts, index } = self;
        let known = match index.is_empty() {
            true => counts.iter().position(|(it, _)| it == value),
            false => index.get(value).copied(),
        };
        if let Some((_, sum)) = known.and_then(|at| counts.get_mut(at)) {
            *sum += count;
            return;
        }
        counts.push((value.clone(), count));
        if counts.len() > LINEAR_SCAN_MAX {
            let new = if index.is_empty() { 0 } else { counts.len() - 1 };
            index.extend(counts.iter().map(|(it, _)| it.clone()).zip(0..).skip(new));
        }
    }
}

impl<T: Ord + Clone + Hash> Counter<T> {
    pub(super) fn add(&mut self, value: &T, count: i64) {
        match self {
            Counter::Empty => *self = Counter::One(value.clone(), count),
            Counter::One(known, sum) => match sum.checked_add(count).filter(|_| known == value) {
                Some(more) => *sum = more,
                None => {
                    let counts = vec![(known.clone(), i128::from(*sum))];
                    let mut many = ManyCounts { counts, index: HashMap::default() };
                    many.add(value, i128::from(count));
                    *self = Counter::Many(Box::new(many));
                }
            },
            Counter::Many(many) => many.add(value, i128::from(count)),
        }
    }

    /// Each value and its count, in no order.
    fn counts(&self) -> impl Iterator<Item = (&T, i128)> {
        let (one, many) = match self {
            Counter::Empty => (None, None),
            Counter::One(value, count) => (Some((value, i128::from(*count))), None),
            Counter::Many(many) => (None, Some(many.counts.iter().map(|(it, count)| (it, *count)))),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// The most frequent value; of equally frequent ones the smallest. `None` if nothing was counted.
    pub fn most(&self) -> Option<&T> {
        self.counts().max_by(|(a, n), (b, m)| n.cmp(m).then(b.cmp(a))).map(|(value, _)| value)
    }

    /// The value that represents all: the most frequent one if all have the `same_stack`, otherwise only a value that all have in
    /// common.
    pub fn one(&self, same_stack: bool) -> Option<&T> {
        match self {
            Counter::Empty => None,
            Counter::One(value, _) => Some(value),
            Counter::Many(many) if same_stack || many.counts.len() == 1 => self.most(),
            Counter::Many(_) => None,
        }
    }

    /// Each value and its count, the most frequent first.
    pub fn sorted(&self) -> Vec<(T, i128)> {
        let mut counts: Vec<(T, i128)> = self.counts().map(|(it, count)| (it.clone(), count)).collect();
        counts.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.cmp(b)));
        counts
    }

    /// Whether more than one value was counted.
    pub fn is_mixed(&self) -> bool {
        matches!(self, Counter::Many(many) if many.counts.len() > 1)
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        matches!(self, Counter::Empty)
    }
}

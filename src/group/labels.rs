//! What labels tell of the goroutines of a group.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::model::Form;
use crate::model::LabelSetId;
use crate::model::Snapshot;
use crate::model::TextId;

use super::Facts;
use super::facts::LabelKey;

/// Label keys that are told of a group at the most.
const MOST_KEYS: usize = 8;

/// Up to so many keys a look through all is the fastest.
const FEW: usize = 16;

/// Labels of a group's samples in one snapshot, summed up.
#[derive(Default)]
pub(super) struct LabelSum {
    /// Pairs that all of them have. `None` before the first that tells.
    common: Option<Vec<(TextId, TextId)>>,
    keys: Vec<(TextId, Values)>,
    /// Where the keys beyond the first few stand: a program has few, a hostile input as many as it likes.
    more: HashMap<TextId, usize, FxBuildHasher>,
}

impl LabelSum {
    /// Adds goroutines with a label set of the snapshot.
    pub(super) fn add(&mut self, snapshot: &Snapshot, set: LabelSetId, count: i64) {
        let pairs = snapshot.labels.pair_ids(set);
        // A traceback need not show labels, so one without says nothing.
        if snapshot.form != Form::Traceback || set != LabelSetId::EMPTY {
            match &mut self.common {
                None => self.common = Some(pairs.to_vec()),
                Some(common) if common.is_empty() => {}
                Some(common) => common.retain(|pair| pairs.contains(pair)),
            }
        }
        for &(key, value) in pairs {
            let known = self.keys.iter().take(FEW).position(|(known, _)| *known == key);
            let at = known.or_else(|| self.more.get(&key).copied()).unwrap_or_else(|| {
                let at = self.keys.len();
                self.keys.push((key, Values::default()));
                if at >= FEW {
                    self.more.insert(key, at);
                }
                at
            });
            if let Some((_, values)) = self.keys.get_mut(at) {
                // Only of the first few keys, so that there are few tables of all texts.
                let texts = if at < MOST_KEYS { snapshot.labels.texts_len() } else { usize::MAX };
                values.add(value, count, texts);
            }
        }
    }

    /// Puts what was summed up to the facts of the group.
    pub(super) fn finish(self, snapshot: &Snapshot, facts: &mut Facts) {
        let table = &snapshot.labels;
        if let Some(common) = self.common {
            let texts =
                common.iter().map(|(key, value)| (table.text(*key).into(), table.text(*value).into()));
            let common: Vec<(Box<str>, Box<str>)> = texts.collect();
            match &mut facts.labels {
                None => facts.labels = Some(common),
                Some(before) => before.retain(|pair| common.contains(pair)),
            }
        }
        let mut summed: Vec<LabelKey> = Vec::new();
        for (key, values) in self.keys {
            let words = |value: &TextId| table.text(*value);
            let mut most: Option<(TextId, i128)> = None;
            let (mut different, mut goroutines) = (0, 0);
            values.each(|value, count| {
                different += 1;
                goroutines += count;
                let better = most.as_ref().is_none_or(|(known, most)| {
                    count > *most || (count == *most && words(&value) < words(known))
                });
                if better {
                    most = Some((value, count));
                }
            });
            let Some((value, count)) = most else { continue };
            let most = (words(&value).to_owned(), count);
            summed.push(LabelKey { key: table.text(key).to_owned(), goroutines, values: different, most });
        }
        summed.sort_by(|a, b| b.goroutines.cmp(&a.goroutines).then_with(|| a.key.cmp(&b.key)));
        summed.truncate(MOST_KEYS);
        if !summed.is_empty() {
            facts.label_keys = summed;
        }
    }
}

/// Goroutines by the value of one label key.
enum Values {
    /// With how many different values there must be before it is made dense.
    Sparse(HashMap<TextId, i128, FxBuildHasher>, usize),
    /// By the number of the value.
    Dense(Vec<i64>),
}

/// Stands in a dense table for a value that does not occur.
const NONE: i64 = i64::MIN;

impl Default for Values {
    fn default() -> Self {
        Values::Sparse(HashMap::default(), 0)
    }
}

impl Values {
    /// Adds goroutines with a value, which is one of so many texts.
    fn add(&mut self, value: TextId, count: i64, texts: usize) {
        match self {
            Values::Sparse(counts, least) => {
                *counts.entry(value).or_default() += i128::from(count);
                if counts.len() > (texts / 16).max(*least) {
                    self.make_dense(texts);
                }
            }
            Values::Dense(counts) => {
                let Some(sum) = counts.get_mut(value.0 as usize) else { return };
                match if *sum == NONE { Some(count) } else { sum.checked_add(count) } {
                    Some(more) if more != NONE => *sum = more,
                    _ => {
                        self.make_sparse();
                        self.add(value, count, usize::MAX);
                    }
                }
            }
        }
    }

    fn make_dense(&mut self, texts: usize) {
        let Values::Sparse(counts, least) = self else { return };
        // Where it cannot be, it is tried again when there are twice as many.
        *least = counts.len() * 2;
        let mut dense = vec![NONE; texts];
        for (value, count) in &*counts {
            match (dense.get_mut(value.0 as usize), i64::try_from(*count)) {
                (Some(place), Ok(count)) if count != NONE => *place = count,
                _ => return,
            }
        }
        *self = Values::Dense(dense);
    }

    fn make_sparse(&mut self) {
        let mut sparse = HashMap::default();
        self.each(|value, count| {
            sparse.insert(value, count);
        });
        let least = sparse.len() * 2;
        *self = Values::Sparse(sparse, least);
    }

    fn each(&self, mut told: impl FnMut(TextId, i128)) {
        match self {
            Values::Sparse(counts, _) => counts.iter().for_each(|(value, count)| told(*value, *count)),
            Values::Dense(counts) => {
                let there = (0u32..).zip(counts).filter(|(_, count)| **count != NONE);
                there.for_each(|(number, count)| told(TextId(number), i128::from(*count)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_values() {
        let check = |added: &[(u32, i64)], expected: &[(u32, i128)]| {
            for texts in [16, usize::MAX] {
                let mut values = Values::default();
                added.iter().for_each(|(value, count)| values.add(TextId(*value), *count, texts));
                let mut all = Vec::new();
                values.each(|value, count| all.push((value.0, count)));
                all.sort_unstable();
                assert_eq!(all, expected, "{added:?} of {texts} texts");
            }
        };
        check(&[(3, 5), (4, 1), (3, -5), (5, 2), (4, 1)], &[(3, 0), (4, 2), (5, 2)]);
        let (most, least) = (i128::from(i64::MAX), i128::from(i64::MIN));
        check(&[(3, 1), (4, 1), (5, i64::MAX), (5, 2), (5, 2)], &[(3, 1), (4, 1), (5, most + 4)]);
        check(&[(3, 1), (4, 1), (5, i64::MIN), (6, 1)], &[(3, 1), (4, 1), (5, least), (6, 1)]);
        check(&[(3, i64::MAX), (3, 1), (4, 1), (5, 1)], &[(3, most + 1), (4, 1), (5, 1)]);
    }
}

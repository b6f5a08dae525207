//! What labels tell of the goroutines of groups.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::model::Form;
use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::Snapshot;
use crate::model::TextId;

use super::Facts;
use super::facts::LabelKey;

/// Label keys that are told of a group at the most.
const MOST_KEYS: usize = 8;

/// Up to so many keys a look through all is the fastest.
const FEW: usize = 16;

/// Labels of the samples of one snapshot, summed up for each group.
pub(super) struct LabelSums {
    groups: Vec<LabelSum>,
    /// By the number of a value: where it was seen first, and how many goroutines have it there.
    first: Vec<Sum>,
    /// Where else values were seen: by the group, the place of the key in it, and the value.
    others: HashMap<(u32, u32, TextId), i128, FxBuildHasher>,
}

/// Goroutines with a value.
#[derive(Clone, Copy)]
struct Sum {
    group: u32,
    key: u32,
    count: i64,
}

/// Stands for the group of a value that was not seen.
const NOWHERE: u32 = u32::MAX;

/// Stands for the group of a value of which everything is told elsewhere.
const ELSEWHERE: u32 = u32::MAX - 1;

/// What the labels of a group's samples tell.
#[derive(Clone, Default)]
struct LabelSum {
    /// Pairs that all of them have. `None` before the first that tells.
    common: Option<Vec<(TextId, TextId)>>,
    keys: Vec<KeySum>,
    /// Where the keys beyond the first few stand: a program has few, a hostile input as many as it likes.
    more: HashMap<TextId, usize, FxBuildHasher>,
}

/// What the values of a key tell.
#[derive(Clone, Copy)]
struct KeySum {
    key: TextId,
    values: usize,
    goroutines: i128,
    /// The value that most have, of equals the first in order, and how many have it.
    most: (TextId, i128),
}

impl LabelSums {
    pub(super) fn new(snapshot: &Snapshot, groups: usize) -> Self {
        let nothing = Sum { group: NOWHERE, key: 0, count: 0 };
        let first = vec![nothing; snapshot.labels.texts_len()];
        LabelSums { groups: vec![LabelSum::default(); groups], first, others: HashMap::default() }
    }

    /// Adds goroutines of a group with a label set of the snapshot.
    #[inline]
    pub(super) fn add(&mut self, group: usize, snapshot: &Snapshot, set: LabelSetId, count: i64) {
        let LabelSums { groups, first, others } = self;
        let Some(sum) = groups.get_mut(group) else { return };
        let pairs = snapshot.labels.pair_ids(set);
        // A traceback need not show labels, so one without says nothing.
        if snapshot.form != Form::Traceback || set != LabelSetId::EMPTY {
            match &mut sum.common {
                None => sum.common = Some(pairs.to_vec()),
                Some(common) if common.is_empty() => {}
                Some(common) => common.retain(|pair| pairs.contains(pair)),
            }
        }
        let group = group as u32;
        for (at, &(key, value)) in pairs.iter().enumerate() {
            // Most sets have the same keys.
            let here = sum.keys.get(at).is_some_and(|known| known.key == key);
            let key = if here { at } else { sum.place(key) } as u32;
            let Some(known) = first.get_mut(value.0 as usize) else { continue };
            if known.group == NOWHERE {
                *known = Sum { group, key, count };
                continue;
            }
            if (known.group, known.key) == (group, key) {
                if let Some(more) = known.count.checked_add(count) {
                    known.count = more;
                    continue;
                }
                others.insert((group, key, value), i128::from(known.count));
                known.group = ELSEWHERE;
            }
            *others.entry((group, key, value)).or_default() += i128::from(count);
        }
    }

    /// Puts what was summed up to the facts of the groups.
    pub(super) fn finish<'f>(self, snapshot: &Snapshot, facts: impl Iterator<Item = &'f mut Facts>) {
        let LabelSums { mut groups, first, others } = self;
        let mut see = |group: u32, key: u32, value: TextId, count: i128| {
            let sum = groups.get_mut(group as usize).and_then(|sum| sum.keys.get_mut(key as usize));
            if let Some(sum) = sum {
                sum.see(value, count, &snapshot.labels);
            }
        };
        for (value, Sum { group, key, count }) in (0u32..).zip(first) {
            see(group, key, TextId(value), i128::from(count));
        }
        for ((group, key, value), count) in others {
            see(group, key, value, count);
        }
        for (sum, facts) in groups.into_iter().zip(facts) {
            sum.finish(&snapshot.labels, facts);
        }
    }
}

impl LabelSum {
    /// Where the values of a key are summed up.
    fn place(&mut self, key: TextId) -> usize {
        let known = self.keys.iter().take(FEW).position(|known| known.key == key);
        known.or_else(|| self.more.get(&key).copied()).unwrap_or_else(|| {
            let at = self.keys.len();
            self.keys.push(KeySum { key, values: 0, goroutines: 0, most: (key, 0) });
            if at >= FEW {
                self.more.insert(key, at);
            }
            at
        })
    }

    fn finish(self, table: &LabelTable, facts: &mut Facts) {
        if let Some(common) = self.common {
            let texts =
                common.iter().map(|(key, value)| (table.text(*key).into(), table.text(*value).into()));
            let common: Vec<(Box<str>, Box<str>)> = texts.collect();
            match &mut facts.labels {
                None => facts.labels = Some(common),
                Some(before) => before.retain(|pair| common.contains(pair)),
            }
        }
        let told = |KeySum { key, values, goroutines, most: (value, count) }: KeySum| LabelKey {
            key: table.text(key).to_owned(),
            goroutines,
            values,
            most: (table.text(value).to_owned(), count),
        };
        let mut keys: Vec<LabelKey> = self.keys.into_iter().map(told).collect();
        keys.sort_by(|a, b| b.goroutines.cmp(&a.goroutines).then_with(|| a.key.cmp(&b.key)));
        keys.truncate(MOST_KEYS);
        if !keys.is_empty() {
            facts.label_keys = keys;
        }
    }
}

impl KeySum {
    /// Takes in a value with all goroutines that have it.
    fn see(&mut self, value: TextId, count: i128, table: &LabelTable) {
        let (known, most) = self.most;
        if self.values == 0 || count > most || (count == most && table.text(value) < table.text(known)) {
            self.most = (value, count);
        }
        self.values += 1;
        self.goroutines += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn counts_of_values() {
        // One key; the values `a` to `e` of two groups.
        let check = |added: &[(usize, &str, i64)], expected: [&str; 2]| {
            let mut snapshot = Snapshot::new(Form::Pprof, Kind::Goroutine);
            let mut set = |value: &str| snapshot.labels.intern(&[("key".into(), value.into())]);
            let sets: Vec<LabelSetId> = added.iter().map(|(_, value, _)| set(value)).collect();
            let mut sums = LabelSums::new(&snapshot, 2);
            for ((group, _, count), set) in added.iter().zip(sets) {
                sums.add(*group, &snapshot, set, *count);
            }
            let mut facts = [Facts::default(), Facts::default()];
            sums.finish(&snapshot, facts.iter_mut());
            let told = facts.map(|it| match it.label_keys.as_slice() {
                [it] => format!("{} of {} {}={}", it.values, it.goroutines, it.most.0, it.most.1),
                keys => format!("{} keys", keys.len()),
            });
            assert_eq!(told, expected, "{added:?}");
        };
        check(&[(0, "a", 5), (0, "b", 1), (0, "a", -5), (0, "c", 2), (0, "b", 1)], ["3 of 4 b=2", "0 keys"]);
        check(
            &[(0, "a", 5), (1, "a", 7), (0, "a", 1), (1, "a", 1), (1, "b", 8)],
            ["1 of 6 a=6", "2 of 16 a=8"],
        );
        let most = i128::from(i64::MAX);
        let all = format!("2 of {} a={}", most + 5, most + 4);
        check(&[(1, "b", 1), (1, "a", i64::MAX), (1, "a", 2), (1, "a", 2)], ["0 keys", &all]);
        check(
            &[(0, "a", i64::MIN), (0, "a", -1), (0, "b", -3)],
            [&format!("2 of {} b=-3", -most - 5), "0 keys"],
        );
    }
}

//! Sums of labels over the goroutines of groups.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::Profile;
use crate::model::RowKind;
use crate::model::TextId;

use super::facts::GroupFacts;
use super::facts::LabelFacts;
use super::facts::LabelKey;

/// At most this many label keys of a group are reported.
const MAX_REPORTED_KEYS: usize = 8;

/// Up to this many keys, a linear scan is faster than a hash map. Programs use a few keys; a hostile input may have any number.
const LINEAR_SCAN_MAX: usize = 16;

/// The labels of a profile's samples, summed up for each group.
pub(super) struct LabelSums<'a> {
    profile: &'a Profile,
    groups: Vec<GroupLabels>,
    /// The keys of all groups.
    keys: Vec<KeySum<'a>>,
    /// By [`TextId`] of a value: the first key that had it, and its goroutines.
    first_key: Vec<ValueSum>,
    /// The goroutines of values under other keys, and of those with too many for `first_key`.
    others: HashMap<(KeySlot, TextId), i128, FxBuildHasher>,
}

/// The position of a group's key among the keys of all groups.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct KeySlot(u32);

impl KeySlot {
    /// No key had the value yet.
    const NONE: KeySlot = KeySlot(u32::MAX);
    /// All goroutines with the value are in `others`.
    const IN_OTHERS: KeySlot = KeySlot(u32::MAX - 1);
}

#[derive(Clone, Copy)]
struct ValueSum {
    key: KeySlot,
    count: i32,
}

#[derive(Clone, Default)]
struct GroupLabels {
    /// The pairs that all samples have; `None` before the first sample whose labels are known.
    common: Option<Vec<(TextId, TextId)>>,
    keys: Vec<(TextId, KeySlot)>,
    /// The slots of the keys after the first [`LINEAR_SCAN_MAX`].
    more: HashMap<TextId, KeySlot, FxBuildHasher>,
}

#[derive(Clone, Copy, Default)]
struct KeySum<'a> {
    values: usize,
    goroutines: i128,
    /// The most frequent value, of equally frequent ones the smallest, and its goroutines.
    most: (&'a str, i128),
}

impl<'a> LabelSums<'a> {
    pub(super) fn new(profile: &'a Profile, groups: usize) -> Self {
        let first_key = vec![ValueSum { key: KeySlot::NONE, count: 0 }; profile.labels.texts_len()];
        let groups = vec![GroupLabels::default(); groups];
        LabelSums { profile, groups, keys: Vec::new(), first_key, others: HashMap::default() }
    }

    /// Adds `count` goroutines with a label set to a group.
    #[inline]
    pub(super) fn add(&mut self, group: usize, set: LabelSetId, count: i64) {
        let LabelSums { profile, groups, keys, first_key, others } = self;
        let Some(labels) = groups.get_mut(group) else { return };
        let pairs = profile.labels.pair_ids(set);
        // A list of goroutines need not show labels, so an empty set means nothing there.
        if profile.form.rows() != RowKind::Goroutine || set != LabelSetId::EMPTY {
            match &mut labels.common {
                None => labels.common = Some(pairs.to_vec()),
                Some(common) if common.is_empty() => {}
                Some(common) => common.retain(|pair| pairs.contains(pair)),
            }
        }
        for (at, &(key, value)) in pairs.iter().enumerate() {
            // Most label sets have the same keys in the same order.
            let slot = match labels.keys.get(at) {
                Some((known, slot)) if *known == key => *slot,
                _ => labels.slot(key, keys),
            };
            let Some(sum) = first_key.get_mut(value.0 as usize) else { continue };
            if sum.key == KeySlot::NONE || sum.key == slot {
                let total = i64::from(sum.count).checked_add(count);
                if let Some(Ok(count)) = total.map(i32::try_from) {
                    *sum = ValueSum { key: slot, count };
                    continue;
                }
                others.insert((slot, value), i128::from(sum.count));
                sum.key = KeySlot::IN_OTHERS;
            }
            *others.entry((slot, value)).or_default() += i128::from(count);
        }
    }

    /// Adds the sums to the facts of the groups that have any.
    pub(super) fn add_to<'f>(self, facts: impl Iterator<Item = Option<&'f mut GroupFacts>>) {
        let LabelSums { profile, groups, mut keys, first_key, others } = self;
        let table = &profile.labels;
        let mut add = |key: KeySlot, value: TextId, count: i128| {
            if let Some(key) = keys.get_mut(key.0 as usize) {
                key.add(table.text(value), count);
            }
        };
        for (value, ValueSum { key, count }) in (0u32..).zip(first_key) {
            add(key, TextId(value), i128::from(count));
        }
        for ((key, value), count) in others {
            add(key, value, count);
        }
        for (labels, facts) in groups.into_iter().zip(facts) {
            if let Some(facts) = facts {
                labels.add_to(facts, table, &keys);
            }
        }
    }
}

impl GroupLabels {
    /// The slot of a key, which is added if it is new.
    fn slot(&mut self, key: TextId, keys: &mut Vec<KeySum<'_>>) -> KeySlot {
        let mut first = self.keys.iter().take(LINEAR_SCAN_MAX);
        let known = first.find(|(known, _)| *known == key).map(|(_, slot)| *slot);
        known.or_else(|| self.more.get(&key).copied()).unwrap_or_else(|| {
            let slot = KeySlot(keys.len() as u32);
            keys.push(KeySum::default());
            if self.keys.len() >= LINEAR_SCAN_MAX {
                self.more.insert(key, slot);
            }
            self.keys.push((key, slot));
            slot
        })
    }

    fn add_to(self, facts: &mut GroupFacts, table: &LabelTable, keys: &[KeySum<'_>]) {
        let Some(common) = self.common else { return };
        let text = |id: TextId| table.text(id);
        let common: Vec<(Box<str>, Box<str>)> =
            common.iter().map(|(key, value)| (text(*key).into(), text(*value).into())).collect();
        let label_key = |(key, slot): &(TextId, KeySlot)| {
            let KeySum { values, goroutines, most: (value, count) } = *keys.get(slot.0 as usize)?;
            let (key, most) = (text(*key).to_owned(), (value.to_owned(), count));
            Some(LabelKey { key, goroutines, values, most })
        };
        let mut keys: Vec<LabelKey> = self.keys.iter().filter_map(label_key).collect();
        keys.sort_by(|a, b| b.goroutines.cmp(&a.goroutines).then_with(|| a.key.cmp(&b.key)));
        keys.truncate(MAX_REPORTED_KEYS);
        match &mut facts.labels {
            None => facts.labels = Some(Box::new(LabelFacts { common, keys })),
            Some(known) => {
                known.common.retain(|pair| common.contains(pair));
                if !keys.is_empty() {
                    known.keys = keys;
                }
            }
        }
    }
}

impl<'a> KeySum<'a> {
    #[inline]
    fn add(&mut self, value: &'a str, count: i128) {
        let (known, most) = self.most;
        if self.values == 0 || count > most || (count == most && value < known) {
            self.most = (value, count);
        }
        self.values += 1;
        self.goroutines += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Form;
    use crate::model::Kind;

    #[test]
    fn counts_of_values() {
        // Samples of two groups: the group, the value of the only key, and the count.
        let check = |added: &[(usize, &str, i64)], expected: [&str; 2]| {
            let mut profile = Profile::new(Form::PPROF, Kind::Goroutine);
            let mut set = |value: &str| profile.labels.intern(&[("key".into(), value.into())]);
            let sets: Vec<LabelSetId> = added.iter().map(|(_, value, _)| set(value)).collect();
            let mut sums = LabelSums::new(&profile, 2);
            for ((group, _, count), set) in added.iter().zip(sets) {
                sums.add(*group, set, *count);
            }
            let mut facts = [GroupFacts::default(), GroupFacts::default()];
            sums.add_to(facts.iter_mut().map(Some));
            let found = facts.map(|it| match it.labels.unwrap_or_default().keys.as_slice() {
                [it] => format!("{} of {} {}={}", it.values, it.goroutines, it.most.0, it.most.1),
                keys => format!("{} keys", keys.len()),
            });
            assert_eq!(found, expected, "{added:?}");
        };
        check(&[(0, "a", 5), (0, "b", 1), (0, "a", -5), (0, "c", 2), (0, "b", 1)], ["3 of 4 b=2", "0 keys"]);
        check(
            &[(0, "a", 5), (1, "a", 7), (0, "a", 1), (1, "a", 1), (1, "b", 8)],
            ["1 of 6 a=6", "2 of 16 a=8"],
        );
        let most = i128::from(i64::MAX);
        let all = format!("2 of {} a={}", most + 5, most + 4);
        check(&[(1, "b", 1), (1, "a", i64::MAX), (1, "a", 2), (1, "a", 2)], ["0 keys", &all]);
        let few = i64::from(i32::MAX);
        let all = format!("2 of {} a={}", 2 * few + 2, 2 * few + 1);
        check(&[(1, "a", few), (1, "b", 1), (1, "a", few), (1, "a", 1)], ["0 keys", &all]);
        check(
            &[(0, "a", i64::MIN), (0, "a", -1), (0, "b", -3)],
            [&format!("2 of {} b=-3", -most - 5), "0 keys"],
        );
    }
}

//! What labels tell of the goroutines of groups.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::model::Form;
use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::Profile;
use crate::model::TextId;

use super::Facts;
use super::facts::LabelKey;
use super::facts::Labels;

/// Label keys that are told of a group at the most.
const MOST_KEYS: usize = 8;

/// Up to so many keys a look through all is the fastest.
const FEW: usize = 16;

/// Labels of the samples of one snapshot, summed up for each group.
pub(super) struct LabelSums<'a> {
    profile: &'a Profile,
    groups: Vec<LabelSum>,
    /// The keys of all groups.
    keys: Vec<KeySum<'a>>,
    /// By the number of a value: the key under which it was seen first, and how many goroutines have it there.
    first: Vec<Sum>,
    /// The same of where else values were seen, and of what is too many.
    others: HashMap<(KeyPlace, TextId), i128, FxBuildHasher>,
}

/// Where a key of a group stands among the keys of all groups.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct KeyPlace(u32);

impl KeyPlace {
    /// Of a value that was not seen.
    const NOWHERE: KeyPlace = KeyPlace(u32::MAX);
    /// Of a value of which everything is told elsewhere.
    const ELSEWHERE: KeyPlace = KeyPlace(u32::MAX - 1);
}

/// Goroutines with a value.
#[derive(Clone, Copy)]
struct Sum {
    key: KeyPlace,
    count: i32,
}

/// What the labels of a group's samples tell.
#[derive(Clone, Default)]
struct LabelSum {
    /// Pairs that all of them have. `None` before the first that tells.
    common: Option<Vec<(TextId, TextId)>>,
    keys: Vec<(TextId, KeyPlace)>,
    /// Where the keys beyond the first few stand: a program has few, a hostile input as many as it likes.
    more: HashMap<TextId, KeyPlace, FxBuildHasher>,
}

/// What the values of a key tell.
#[derive(Clone, Copy, Default)]
struct KeySum<'a> {
    values: usize,
    goroutines: i128,
    /// The value that most have, of equals the first in order, and how many have it.
    most: (&'a str, i128),
}

impl<'a> LabelSums<'a> {
    pub(super) fn new(profile: &'a Profile, groups: usize) -> Self {
        let nothing = Sum { key: KeyPlace::NOWHERE, count: 0 };
        let first = vec![nothing; profile.labels.texts_len()];
        let groups = vec![LabelSum::default(); groups];
        LabelSums { profile, groups, keys: Vec::new(), first, others: HashMap::default() }
    }

    /// Adds goroutines of a group with a label set of the snapshot.
    #[inline]
    pub(super) fn add(&mut self, group: usize, set: LabelSetId, count: i64) {
        let LabelSums { profile, groups, keys, first, others } = self;
        let Some(sum) = groups.get_mut(group) else { return };
        let pairs = profile.labels.pair_ids(set);
        // A traceback need not show labels, so one without says nothing.
        if profile.form != Form::Traceback || set != LabelSetId::EMPTY {
            match &mut sum.common {
                None => sum.common = Some(pairs.to_vec()),
                Some(common) if common.is_empty() => {}
                Some(common) => common.retain(|pair| pairs.contains(pair)),
            }
        }
        for (at, &(key, value)) in pairs.iter().enumerate() {
            // Most sets have the same keys.
            let place = match sum.keys.get(at) {
                Some((known, place)) if *known == key => *place,
                _ => sum.place(key, keys),
            };
            let Some(known) = first.get_mut(value.0 as usize) else { continue };
            if known.key == KeyPlace::NOWHERE || known.key == place {
                let all = i64::from(known.count).checked_add(count);
                if let Some(Ok(count)) = all.map(i32::try_from) {
                    *known = Sum { key: place, count };
                    continue;
                }
                others.insert((place, value), i128::from(known.count));
                known.key = KeyPlace::ELSEWHERE;
            }
            *others.entry((place, value)).or_default() += i128::from(count);
        }
    }

    /// Lays what was summed up on the facts of the groups, where these are wanted.
    pub(super) fn finish<'f>(self, facts: impl Iterator<Item = Option<&'f mut Facts>>) {
        let LabelSums { profile, groups, mut keys, first, others } = self;
        let table = &profile.labels;
        let mut see = |key: KeyPlace, value: TextId, count: i128| {
            if let Some(key) = keys.get_mut(key.0 as usize) {
                key.see(table.text(value), count);
            }
        };
        for (value, Sum { key, count }) in (0u32..).zip(first) {
            see(key, TextId(value), i128::from(count));
        }
        for ((key, value), count) in others {
            see(key, value, count);
        }
        for (sum, facts) in groups.into_iter().zip(facts) {
            if let Some(facts) = facts {
                sum.finish(table, &keys, facts);
            }
        }
    }
}

impl LabelSum {
    /// Where a key stands; it is added if it is new.
    fn place(&mut self, key: TextId, keys: &mut Vec<KeySum<'_>>) -> KeyPlace {
        let known = self.keys.iter().take(FEW).find(|(known, _)| *known == key).map(|(_, place)| *place);
        known.or_else(|| self.more.get(&key).copied()).unwrap_or_else(|| {
            let place = KeyPlace(keys.len() as u32);
            keys.push(KeySum::default());
            if self.keys.len() >= FEW {
                self.more.insert(key, place);
            }
            self.keys.push((key, place));
            place
        })
    }

    fn finish(self, table: &LabelTable, keys: &[KeySum<'_>], facts: &mut Facts) {
        // Without a sample nothing is told.
        let Some(common) = self.common else { return };
        let common: Vec<(Box<str>, Box<str>)> =
            common.iter().map(|(key, value)| (table.text(*key).into(), table.text(*value).into())).collect();
        let told = |(key, place): &(TextId, KeyPlace)| {
            let KeySum { values, goroutines, most: (value, count) } = *keys.get(place.0 as usize)?;
            Some(LabelKey {
                key: table.text(*key).to_owned(),
                goroutines,
                values,
                most: (value.to_owned(), count),
            })
        };
        let mut keys: Vec<LabelKey> = self.keys.iter().filter_map(told).collect();
        keys.sort_by(|a, b| b.goroutines.cmp(&a.goroutines).then_with(|| a.key.cmp(&b.key)));
        keys.truncate(MOST_KEYS);
        match &mut facts.labels {
            None => facts.labels = Some(Box::new(Labels { common, keys })),
            Some(before) => {
                before.common.retain(|pair| common.contains(pair));
                if !keys.is_empty() {
                    before.keys = keys;
                }
            }
        }
    }
}

impl<'a> KeySum<'a> {
    #[inline]
    fn see(&mut self, value: &'a str, count: i128) {
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
    use crate::model::Kind;

    #[test]
    fn counts_of_values() {
        // One key; the values `a` to `e` of two groups.
        let check = |added: &[(usize, &str, i64)], expected: [&str; 2]| {
            let mut profile = Profile::new(Form::Pprof, Kind::Goroutine);
            let mut set = |value: &str| profile.labels.intern(&[("key".into(), value.into())]);
            let sets: Vec<LabelSetId> = added.iter().map(|(_, value, _)| set(value)).collect();
            let mut sums = LabelSums::new(&profile, 2);
            for ((group, _, count), set) in added.iter().zip(sets) {
                sums.add(*group, set, *count);
            }
            let mut facts = [Facts::default(), Facts::default()];
            sums.finish(facts.iter_mut().map(Some));
            let told = facts.map(|it| match it.labels.unwrap_or_default().keys.as_slice() {
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
        let few = i64::from(i32::MAX);
        let all = format!("2 of {} a={}", 2 * few + 2, 2 * few + 1);
        check(&[(1, "a", few), (1, "b", 1), (1, "a", few), (1, "a", 1)], ["0 keys", &all]);
        check(
            &[(0, "a", i64::MIN), (0, "a", -1), (0, "b", -3)],
            [&format!("2 of {} b=-3", -most - 5), "0 keys"],
        );
    }
}

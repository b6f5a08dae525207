//! How many goroutines of a whole snapshot have each value of each label key, whatever they are grouped by.

use std::collections::BTreeMap;
use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::model::LabelTable;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::model::TextId;

/// At most this many keys are reported, those of the most goroutines.
const MAX_KEYS: usize = 8;

/// At most this many values of a key are reported.
const MAX_VALUES: usize = 10;

/// The values of a label key in the last snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelValues {
    /// The key.
    pub key: String,
    /// The number of goroutines that have it.
    pub goroutines: i128,
    /// The number of distinct values.
    pub values: usize,
    /// The ten largest values, the largest first.
    pub largest: Vec<LabelValue>,
}

/// One value of a label key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelValue {
    /// The value.
    pub value: String,
    /// Goroutines that have it in the last snapshot.
    pub count: i128,
    /// That count minus the one in the first snapshot.
    pub gain: i128,
}

/// The counts of a snapshot.
pub struct LabelCounts<'a> {
    table: &'a LabelTable,
    /// Keys and values, each pair once.
    pairs: Vec<(TextId, TextId, i128)>,
}

/// The counts of an earlier snapshot, by key and value.
#[derive(Debug, Default)]
pub struct EarlierLabels {
    counts: HashMap<Box<str>, HashMap<Box<str>, i128>>,
}

impl<'a> LabelCounts<'a> {
    /// Counts the goroutines of a profile. `kept` says how many of a sample pass the filters. The work is linear in samples and label
    /// sets.
    pub(crate) fn new(profile: &'a Profile, kept: impl Fn(&SampleRef<'_>) -> Option<i64>) -> Self {
        let table = &profile.labels;
        // The first label set is the empty one.
        if table.sets_len() < 2 {
            return LabelCounts { table, pairs: Vec::new() };
        }
        let mut of_sets = vec![0_i128; table.sets_len()];
        for sample_ref in profile.samples_with_details() {
            if let Some(sum) = of_sets.get_mut(sample_ref.sample.labels.0 as usize) {
                *sum += i128::from(kept(&sample_ref).unwrap_or(0));
            }
        }
        // Nearly every value belongs to one key; pairs of the others are hashed.
        let mut of_values: Vec<Option<(TextId, i128)>> = vec![None; table.texts_len()];
        let mut others: HashMap<(TextId, TextId), i128, FxBuildHasher> = HashMap::default();
        for (set, count) in (0..).map(crate::model::LabelSetId).zip(of_sets) {
            for &(key, value) in if count == 0 { &[] } else { table.pair_ids(set) } {
                match of_values.get_mut(value.0 as usize) {
                    Some(Some((known, sum))) if *known == key => *sum += count,
                    Some(empty @ None) => *empty = Some((key, count)),
                    Some(Some(_)) | None => *others.entry((key, value)).or_default() += count,
                }
            }
        }
        let of_values = (0..).map(TextId).zip(of_values);
        let mut pairs: Vec<(TextId, TextId, i128)> =
            of_values.filter_map(|(value, it)| it.map(|(key, count)| (key, value, count))).collect();
        pairs.extend(others.into_iter().map(|((key, value), count)| (key, value, count)));
        LabelCounts { table, pairs }
    }

    /// The counts without the profile.
    pub(crate) fn to_earlier(&self) -> EarlierLabels {
        let mut counts: HashMap<Box<str>, HashMap<Box<str>, i128>> = HashMap::new();
        for (key, value, count) in &self.pairs {
            let of_key = counts.entry(self.table.text(*key).into()).or_default();
            of_key.insert(self.table.text(*value).into(), *count);
        }
        EarlierLabels { counts }
    }

    /// The largest values of each key, and how much they gained since an earlier snapshot. Without one they gained nothing.
    pub(crate) fn largest(&self, earlier: Option<&EarlierLabels>) -> Vec<LabelValues> {
        let mut by_key: BTreeMap<&str, Vec<(&str, i128)>> = BTreeMap::new();
        for (key, value, count) in &self.pairs {
            by_key.entry(self.table.text(*key)).or_default().push((self.table.text(*value), *count));
        }
        let mut all: Vec<LabelValues> = by_key
            .into_iter()
            .map(|(key, mut values)| {
                let by_count = |a: &(&str, i128), b: &(&str, i128)| b.1.cmp(&a.1).then(a.0.cmp(b.0));
                let goroutines = values.iter().map(|it| it.1).sum();
                let all = values.len();
                if all > MAX_VALUES {
                    values.select_nth_unstable_by(MAX_VALUES, by_count);
                    values.truncate(MAX_VALUES);
                }
                values.sort_unstable_by(by_count);
                let before = earlier.map(|it| it.counts.get(key));
                let gain = |value: &str, count: i128| {
                    before.map_or(0, |it| count - it.and_then(|it| it.get(value)).copied().unwrap_or(0))
                };
                let largest = values
                    .into_iter()
                    .map(|(value, count)| LabelValue {
                        value: value.to_owned(),
                        count,
                        gain: gain(value, count),
                    })
                    .collect();
                LabelValues { key: key.to_owned(), goroutines, values: all, largest }
            })
            .collect();
        all.sort_by(|a, b| b.goroutines.cmp(&a.goroutines).then_with(|| a.key.cmp(&b.key)));
        all.truncate(MAX_KEYS);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Form;
    use crate::model::Kind;
    use crate::model::Sample;
    use crate::model::Truncation;

    fn profile(samples: &[(&[(&str, &str)], i64)]) -> Profile {
        let mut profile = Profile::new(Form::PPROF, Kind::Goroutine);
        let stack = profile.stacks.intern(&[], Truncation::default());
        for (pairs, count) in samples {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
            let labels = profile.labels.intern(&pairs);
            profile.samples.push(Sample { stack, labels, count: *count });
        }
        profile
    }

    fn counts(profile: &Profile) -> LabelCounts<'_> {
        LabelCounts::new(profile, |it| Some(it.sample.count))
    }

    #[test]
    fn largest_values_and_their_gain() {
        let before = profile(&[(&[("tenant", "a")], 5), (&[("tenant", "b"), ("zone", "a")], 2)]);
        let after = profile(&[
            (&[("tenant", "a")], 4),
            (&[("tenant", "b"), ("zone", "a")], 7),
            (&[("tenant", "c"), ("zone", "a")], 1),
            (&[("tenant", "a")], 3),
            (&[], 90),
        ]);
        let earlier = counts(&before).to_earlier();
        let shown: Vec<String> = counts(&after)
            .largest(Some(&earlier))
            .iter()
            .map(|it| {
                let values = it.largest.iter().map(|it| format!(" {}={}{:+}", it.value, it.count, it.gain));
                format!("{} {} of {}:{}", it.key, it.values, it.goroutines, values.collect::<String>())
            })
            .collect();
        assert_eq!(shown, ["tenant 3 of 15: a=7+2 b=7+5 c=1+1", "zone 1 of 8: a=8+6"]);
    }

    #[test]
    fn at_most_ten_values() {
        let names: Vec<String> = (0..40).map(|it| format!("v{it:02}")).collect();
        let pairs: Vec<[(&str, &str); 1]> = names.iter().map(|it| [("key", it.as_str())]).collect();
        let samples: Vec<(&[(&str, &str)], i64)> = pairs.iter().map(|it| (it.as_slice(), 1)).collect();
        let profile = profile(&samples);
        let all = counts(&profile).largest(None);
        let [key] = all.as_slice() else { panic!("one key") };
        assert_eq!((key.values, key.goroutines, key.largest.len()), (40, 40, 10));
        assert_eq!(key.largest.first().map(|it| (it.value.as_str(), it.gain)), Some(("v00", 0)));
    }
}

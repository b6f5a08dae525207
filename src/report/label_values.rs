//! The labels of a report, without secrets.

use crate::group::LabelValue;
use crate::group::LabelValues;
use crate::text::ShownLabels;

/// The labels as they are shown. Values that are masked become one value.
pub(super) fn label_values(all: &[LabelValues], labels: ShownLabels) -> Vec<LabelValues> {
    let shown = |it: &LabelValues| {
        let mut largest: Vec<LabelValue> = Vec::new();
        for LabelValue { value, count, gain } in &it.largest {
            let value = labels.value(&it.key, value).into_owned();
            match largest.iter_mut().find(|known| known.value == value) {
                Some(known) => {
                    known.count += count;
                    known.gain += gain;
                }
                None => largest.push(LabelValue { value, count: *count, gain: *gain }),
            }
        }
        LabelValues { key: labels.key(&it.key).into_owned(), largest, ..it.clone() }
    };
    all.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_become_one_value() {
        let value = |value: &str| LabelValue { value: value.to_owned(), count: 3, gain: 1 };
        let largest = vec![value("a"), value("b")];
        let all = ["session", "tenant"].map(|key| LabelValues {
            key: key.to_owned(),
            goroutines: 9,
            values: 2,
            largest: largest.clone(),
        });
        let shown: Vec<(String, i128)> = label_values(&all, ShownLabels::Masked)
            .into_iter()
            .flat_map(|it| it.largest)
            .map(|it| (it.value, it.count))
            .collect();
        let expected = [("***", 6), ("a", 3), ("b", 3)].map(|(value, count)| (value.to_owned(), count));
        assert_eq!(shown, expected);
        assert_eq!(label_values(&all, ShownLabels::Raw), all);
    }
}

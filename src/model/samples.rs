//! The rows of a snapshot. There may be as many as goroutines, and of most nothing is told but their counts.

use std::collections::BTreeMap;

use super::LabelSetId;
use super::Sample;
use super::StackId;

/// Rows, in the order in which they came.
///
/// ```
/// use leakscope::model::{LabelSetId, Sample, Samples, StackId};
/// let one = Sample { stack: StackId(7), labels: LabelSetId::EMPTY, count: 1 << 40 };
/// let samples: Samples = [one].into_iter().collect();
/// assert_eq!((samples.get(0), samples.get(1)), (Some(one), None));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Stacks and labels; none while each row has the stack of its own number and no labels.
    told: Vec<(StackId, LabelSetId)>,
    /// Counts, or [`ELSEWHERE`].
    counts: Vec<i32>,
    /// Counts that are too large for it.
    large: BTreeMap<usize, i64>,
}

/// Of a count that is too large.
const ELSEWHERE: i32 = i32::MIN;

/// What is not told of a row.
fn plain(row: usize) -> (StackId, LabelSetId) {
    (StackId(row as u32), LabelSetId::EMPTY)
}

impl Samples {
    /// None yet, with room for so many.
    pub fn with_capacity(rows: usize) -> Self {
        Samples { counts: Vec::with_capacity(rows), ..Samples::default() }
    }

    /// Takes in a row.
    #[inline]
    pub fn push(&mut self, sample: Sample) {
        let (row, told) = (self.counts.len(), (sample.stack, sample.labels));
        if !self.told.is_empty() || told != plain(row) {
            if self.told.len() < row {
                self.tell(row);
            }
            self.told.push(told);
        }
        let small = self.small(row, sample.count);
        self.counts.push(small);
    }

    /// Tells stacks and labels of so many rows of which they were not told.
    #[cold]
    fn tell(&mut self, rows: usize) {
        self.told.reserve(self.counts.capacity());
        self.told.extend((0..rows).map(plain));
    }

    /// What stands among the counts for the count of a row; one that is too large is kept.
    #[inline]
    fn small(&mut self, row: usize, count: i64) -> i32 {
        let small = i32::try_from(count).unwrap_or(ELSEWHERE);
        if small == ELSEWHERE {
            self.large.insert(row, count);
        }
        small
    }

    /// Adds goroutines to a row, as far as they can be counted; nothing if it is not there.
    pub fn add(&mut self, row: usize, count: i64) {
        let Some(sample) = self.get(row) else { return };
        let small = self.small(row, sample.count.saturating_add(count));
        if let Some(place) = self.counts.get_mut(row) {
            *place = small;
        }
    }

    /// A row; `None` for a number that is not there.
    #[inline]
    pub fn get(&self, row: usize) -> Option<Sample> {
        let count = match *self.counts.get(row)? {
            ELSEWHERE => self.large.get(&row).copied().unwrap_or(0),
            count => i64::from(count),
        };
        let (stack, labels) = self.told.get(row).copied().unwrap_or_else(|| plain(row));
        Some(Sample { stack, labels, count })
    }

    /// All rows, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Sample> + Clone {
        (0..self.len()).map(|row| self.get(row).unwrap_or(Sample::NONE))
    }

    /// The sum of all counts.
    pub fn total(&self) -> i128 {
        let small: i64 = self.counts.iter().map(|count| i64::from(*count)).sum();
        let large = self.large.values().map(|count| i128::from(*count) - i128::from(ELSEWHERE));
        i128::from(small) + large.sum::<i128>()
    }

    /// The least count; `None` if there is no row.
    pub fn least(&self) -> Option<i64> {
        match self.large.is_empty() {
            true => self.counts.iter().min().map(|count| i64::from(*count)),
            false => self.iter().map(|sample| sample.count).min(),
        }
    }

    /// About how many bytes they take.
    pub fn room(&self) -> usize {
        size_of_val(self.told.as_slice())
            + size_of_val(self.counts.as_slice())
            + self.large.len() * size_of::<(usize, i64)>()
    }

    /// How many rows there are; their numbers are `0..len`.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

impl Extend<Sample> for Samples {
    fn extend<I: IntoIterator<Item = Sample>>(&mut self, samples: I) {
        samples.into_iter().for_each(|sample| self.push(sample));
    }
}

impl FromIterator<Sample> for Samples {
    fn from_iter<I: IntoIterator<Item = Sample>>(samples: I) -> Self {
        let mut all = Samples::default();
        all.extend(samples);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back() {
        let check = |rows: &[(u32, u32, i64)]| {
            let sample = |(stack, labels, count): &(u32, u32, i64)| Sample {
                stack: StackId(*stack),
                labels: LabelSetId(*labels),
                count: *count,
            };
            let mut expected: Vec<Sample> = rows.iter().map(sample).collect();
            let mut samples: Samples = expected.iter().copied().collect();
            assert!(samples.iter().eq(expected.iter().copied()), "{rows:?}");
            let counts = || rows.iter().map(|(_, _, count)| *count);
            assert_eq!(samples.total(), counts().map(i128::from).sum(), "{rows:?}");
            assert_eq!(samples.least(), counts().min(), "{rows:?}");
            for (row, sample) in expected.iter_mut().enumerate() {
                samples.add(row, i64::MAX - 1);
                sample.count = sample.count.saturating_add(i64::MAX - 1);
            }
            samples.add(expected.len(), 1);
            assert!(samples.iter().eq(expected), "{rows:?}");
        };
        check(&[]);
        check(&[(0, 0, 1), (1, 0, 1), (2, 0, 1)]);
        check(&[(0, 0, 1), (1, 0, 1), (1, 0, 1), (3, 0, 1)]);
        check(&[(5, 3, 1), (1, 0, 1)]);
        check(&[(0, 0, 1), (1, 0, 1), (2, 7, 1), (3, 0, 1), (0, 7, 1)]);
        let (most, least) = (i64::from(i32::MAX), i64::from(i32::MIN));
        check(&[(0, 0, least - 1), (1, 0, 1)]);
        check(&[(0, 0, i64::MAX), (1, 0, i64::MAX)]);
        check(&[(0, 0, most), (1, 0, most + 1), (2, 0, least), (3, 0, least + 1), (4, 0, i64::MIN)]);
    }
}

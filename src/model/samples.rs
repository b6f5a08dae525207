//! The rows of a snapshot. There may be as many as goroutines, and of most nothing is told but their counts.

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
    /// Stacks and labels: of no row while each has the stack of its own number and no labels, else of all.
    told: Vec<(StackId, LabelSetId)>,
    /// Counts: of all rows while they fit, else of none.
    small: Vec<i32>,
    /// Counts of all rows where one does not fit.
    large: Vec<i64>,
}

/// What is not told of a row.
fn plain(row: usize) -> (StackId, LabelSetId) {
    (StackId(row as u32), LabelSetId::EMPTY)
}

impl Samples {
    /// None yet, with room for so many.
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Samples { small: Vec::with_capacity(rows), ..Samples::default() }
    }

    /// Takes in a row.
    #[inline]
    pub fn push(&mut self, sample: Sample) {
        let (row, told) = (self.len(), (sample.stack, sample.labels));
        if !self.told.is_empty() || told != plain(row) {
            if self.told.is_empty() {
                self.tell(row);
            }
            self.told.push(told);
        }
        match i32::try_from(sample.count) {
            Ok(count) if self.large.is_empty() => self.small.push(count),
            _ => self.widened().push(sample.count),
        }
    }

    /// Tells stacks and labels of so many rows of which they were not told, and makes room for those of all.
    #[cold]
    fn tell(&mut self, rows: usize) {
        self.told.reserve(self.small.capacity().max(self.large.capacity()));
        self.told.extend((0..rows).map(plain));
    }

    /// The counts as large ones, which they are from now on.
    #[cold]
    fn widened(&mut self) -> &mut Vec<i64> {
        let small = std::mem::take(&mut self.small);
        self.large.reserve(small.capacity());
        self.large.extend(small.into_iter().map(i64::from));
        &mut self.large
    }

    /// Adds goroutines to a row, as far as they can be counted; nothing if it is not there.
    pub(crate) fn add(&mut self, row: usize, more: i64) {
        let Some(Sample { count, .. }) = self.get(row) else { return };
        let sum = count.saturating_add(more);
        match (self.small.get_mut(row), i32::try_from(sum)) {
            (Some(count), Ok(sum)) => *count = sum,
            _ => {
                if let Some(count) = self.widened().get_mut(row) {
                    *count = sum;
                }
            }
        }
    }

    /// A row; `None` for a number that is not there.
    #[inline]
    pub fn get(&self, row: usize) -> Option<Sample> {
        let count = match self.small.get(row) {
            Some(count) => i64::from(*count),
            None => *self.large.get(row)?,
        };
        let (stack, labels) = self.told.get(row).copied().unwrap_or_else(|| plain(row));
        Some(Sample { stack, labels, count })
    }

    /// All rows, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Sample> + Clone {
        (0..self.len()).map(|row| self.get(row).unwrap_or(Sample::NONE))
    }

    /// The sum of all counts.
    pub(crate) fn total(&self) -> i128 {
        // There are no 2^32 rows.
        let small: i64 = self.small.iter().map(|count| i64::from(*count)).sum();
        i128::from(small) + self.large.iter().map(|count| i128::from(*count)).sum::<i128>()
    }

    /// The least count; `None` if there is no row.
    pub(crate) fn least(&self) -> Option<i64> {
        let small = self.small.iter().min().map(|count| i64::from(*count));
        small.or_else(|| self.large.iter().min().copied())
    }

    /// How many bytes they take.
    pub(crate) fn room(&self) -> usize {
        size_of_val(&*self.told) + size_of_val(&*self.small) + size_of_val(&*self.large)
    }

    /// How many rows there are; their numbers are `0..len`.
    #[inline]
    pub fn len(&self) -> usize {
        self.small.len() + self.large.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Extend<Sample> for Samples {
    fn extend<I: IntoIterator<Item = Sample>>(&mut self, samples: I) {
        let samples = samples.into_iter();
        if self.large.is_empty() {
            self.small.reserve(samples.size_hint().0);
        }
        samples.for_each(|sample| self.push(sample));
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
            assert_eq!(samples.total(), expected.iter().map(|sample| i128::from(sample.count)).sum());
            assert_eq!(samples.least(), expected.iter().map(|sample| sample.count).min());
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

//! Order statistics of one course of counts: the trend of Mann and Kendall, the slope of Theil and Sen.

use super::chance::normal_above;

/// Moments up to which the distribution is exact; it is counted in whole numbers, which hold 20!.
const MAX_EXACT: usize = 20;

/// Distributions of Mann and Kendall's statistic, each made once: they depend on the ties alone.
#[derive(Debug, Default)]
pub(super) struct MannKendall {
    /// Sizes of the groups of equal values, ascending, with the share of orders that have at most so many inversions.
    known: Vec<(Vec<usize>, Vec<f64>)>,
}

impl MannKendall {
    /// How often a random order of these values rises as much as this one, or more.
    pub(super) fn rising(&mut self, values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut ties: Vec<usize> = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
        ties.sort_unstable();
        let inversions = inversions(&mut values.to_vec(), &mut sorted);
        if values.len() > MAX_EXACT {
            let pairs = |of: usize| of * of.saturating_sub(1) / 2;
            let risen =
                pairs(values.len()) - ties.iter().map(|group| pairs(*group)).sum::<usize>() - inversions;
            return approximately(values.len(), &ties, risen as f64 - inversions as f64);
        }
        let at = self.known.iter().position(|(known, _)| *known == ties).unwrap_or_else(|| {
            let shares = shares(values.len(), &ties);
            self.known.push((ties, shares));
            self.known.len() - 1
        });
        self.known.get(at).and_then(|(_, shares)| shares.get(inversions)).map_or(1.0, |share| share.min(1.0))
    }
}

/// How many pairs of values fall. Sorts the values; `room` is as long.
fn inversions(values: &mut [f64], room: &mut [f64]) -> usize {
    let half = values.len() / 2;
    if half == 0 {
        return 0;
    }
    let (left, right) = values.split_at_mut(half);
    let (left_room, right_room) = room.split_at_mut(half);
    let mut inversions = inversions(left, left_room) + inversions(right, right_room);
    let (mut left, mut right) = (&*left, &*right);
    for place in &mut *room {
        let from = match (left.first(), right.first()) {
            (Some(earlier), Some(later)) if later < earlier => {
                inversions += left.len();
                &mut right
            }
            (None, _) => &mut right,
            _ => &mut left,
        };
        if let Some((value, rest)) = from.split_first() {
            (*place, *from) = (*value, rest);
        }
    }
    values.copy_from_slice(room);
    inversions
}

/// For each number of inversions, the share of all orders with at most so many. The orders of values with ties are
/// counted by the Gaussian multinomial: the product of 1 + q + … + q^(i−1) for i up to the number of values, over the
/// same product for each group of equals. The coefficient of q^n counts the orders with n inversions.
fn shares(values: usize, ties: &[usize]) -> Vec<f64> {
    let most = values * values.saturating_sub(1) / 2;
    let mut orders = vec![0i128; most + 1];
    orders[0] = 1;
    for i in 1..=values {
        subtract_shifted(&mut orders, i);
        add_shifted(&mut orders, 1);
    }
    for i in ties.iter().flat_map(|group| 1..=*group) {
        subtract_shifted(&mut orders, 1);
        add_shifted(&mut orders, i);
    }
    let all = orders.iter().sum::<i128>().max(1) as f64;
    let mut sum = 0i128;
    let share = |orders: &i128| {
        sum += orders;
        sum as f64 / all
    };
    orders.iter().map(share).collect()
}

/// Multiplies a power series by 1 − q^by.
fn subtract_shifted(series: &mut [i128], by: usize) {
    for at in (by..series.len()).rev() {
        series[at] -= series[at - by];
    }
}

/// Divides a power series by 1 − q^by.
fn add_shifted(series: &mut [i128], by: usize) {
    for at in by..series.len() {
        series[at] += series[at - by];
    }
}

/// The normal approximation, corrected for ties and for the statistic's moving in steps.
fn approximately(values: usize, ties: &[usize], statistic: f64) -> f64 {
    let weight = |n: usize| n as f64 * (n as f64 - 1.0) * (2.0 * n as f64 + 5.0);
    let variance = (weight(values) - ties.iter().map(|group| weight(*group)).sum::<f64>()) / 18.0;
    if statistic <= 0.0 || variance <= 0.0 { 1.0 } else { normal_above((statistic - 1.0) / variance.sqrt()) }
}

/// The median of the slopes between pairs of moments, and where it lies nine times in ten (Sen 1968).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slope {
    /// The median.
    pub(super) median: f64,
    /// The lower end.
    pub(super) low: f64,
    /// The upper end.
    pub(super) high: f64,
}

/// Moments up to which each pair of them is compared. Of more of them each run of neighbours is taken as one, so that time and
/// memory do not grow with the square of their number.
const MAX_PAIRED: usize = 128;

/// The slope of values over times, which must ascend; flat for fewer than 2 values.
pub(super) fn slope(times: &[f64], values: &[f64]) -> Slope {
    let snapshots = times.len().min(values.len());
    if snapshots > MAX_PAIRED {
        let (times, values) = in_runs(times, values, snapshots);
        return slope(&times, &values);
    }
    let mut slopes = Vec::with_capacity(snapshots * snapshots.saturating_sub(1) / 2);
    for later in 1..snapshots {
        for earlier in 0..later {
            slopes.push((values[later] - values[earlier]) / (times[later] - times[earlier]));
        }
    }
    if slopes.is_empty() {
        return Slope { median: 0.0, low: 0.0, high: 0.0 };
    }
    let pairs = slopes.len();
    let n = snapshots as f64;
    let reach = 1.645 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let aside = ((pairs as f64 - reach) / 2.0).max(0.0) as usize;
    let median = median(&mut slopes);
    // What is below the middle stands before it now.
    let (below, above) = slopes.split_at_mut(pairs / 2);
    let at = |slopes: &mut [f64], place: usize| match place < slopes.len() {
        true => *slopes.select_nth_unstable_by(place, f64::total_cmp).1,
        false => median,
    };
    Slope { median, low: at(below, aside), high: at(above, pairs - 1 - aside - pairs / 2) }
}

/// Runs of neighbouring moments, [`MAX_PAIRED`] of them, of about the same length: the medians of their times and values.
fn in_runs(times: &[f64], values: &[f64], snapshots: usize) -> (Vec<f64>, Vec<f64>) {
    let runs = (0..MAX_PAIRED).map(|run| run * snapshots / MAX_PAIRED..(run + 1) * snapshots / MAX_PAIRED);
    runs.map(|run| (median(&mut times[run.clone()].to_vec()), median(&mut values[run].to_vec()))).unzip()
}

/// The median; there must be a value.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let even = values.len().is_multiple_of(2);
    let (before, upper, _) = values.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    let below = before.iter().copied().filter(|_| even).max_by(f64::total_cmp);
    f64::midpoint(below.unwrap_or(*upper), *upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trends() {
        let check = |values: &[f64], expected: f64| {
            let is = MannKendall::default().rising(values);
            assert!((is - expected).abs() < 1e-9, "{values:?}: {is}");
        };
        check(&[], 1.0);
        check(&[1.0, 2.0, 3.0], 1.0 / 6.0);
        check(&[1.0, 2.0, 3.0, 4.0], 1.0 / 24.0);
        check(&[1.0, 2.0, 4.0, 3.0, 5.0], 5.0 / 120.0);
        check(&[5.0, 4.0, 3.0], 1.0);
        check(&[7.0, 7.0, 7.0, 7.0], 1.0);
        check(&[1.0, 1.0, 1.0, 2.0, 2.0, 2.0], 1.0 / 20.0);
        check(&[1.0, 1.0, 1.0, 1.0, 2.0, 3.0], 1.0 / 30.0);
        check(&[1.0, 1.0, 2.0, 1.0], 0.5);
    }

    #[test]
    fn pairs_that_fall() {
        for length in 0..60u32 {
            let values: Vec<f64> = (0..length).map(|at| f64::from(at * at * 31 % 17)).collect();
            let pairs = values
                .iter()
                .enumerate()
                .flat_map(|(at, one)| values[at..].iter().map(move |two| (one, two)));
            let expected = pairs.filter(|(one, two)| two < one).count();
            assert_eq!(inversions(&mut values.clone(), &mut values.clone()), expected, "{values:?}");
        }
    }

    #[test]
    fn exact_and_approximate_agree() {
        let values: Vec<f64> =
            [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4].map(f64::from).to_vec();
        let exact = MannKendall::default().rising(&values);
        let ties = [1, 1, 1, 1, 2, 2, 3, 3, 3, 4];
        let rises =
            values.iter().enumerate().flat_map(|(at, a)| values[at + 1..].iter().map(move |b| (a, b)));
        let statistic: f64 = rises
            .map(|(a, b)| {
                if b > a {
                    1.0
                } else if b < a {
                    -1.0
                } else {
                    0.0
                }
            })
            .sum();
        let about = approximately(values.len(), &ties, statistic);
        assert!((exact - about).abs() < 0.02, "{exact} {about}");
    }

    #[test]
    fn slopes() {
        let check = |values: &[f64], expected| {
            let times: Vec<f64> = (0..values.len()).map(|at| at as f64).collect();
            let Slope { median, low, high } = slope(&times, values);
            assert_eq!((low, median, high), expected, "{values:?}");
        };
        check(&[], (0.0, 0.0, 0.0));
        check(&[4.0], (0.0, 0.0, 0.0));
        check(&[0.0, 2.0, 4.0, 6.0], (2.0, 2.0, 2.0));
        check(&[0.0, 1.0, 2.0, 300.0], (1.0, 50.5, 298.0));
        let steady: Vec<f64> = (0..10_001).map(|at| f64::from(at) * 3.0).collect();
        check(&steady, (3.0, 3.0, 3.0));
        let noisy: Vec<f64> =
            (0..1000).map(|at| f64::from(at) * 3.0 + f64::from(at * at * 37 % 101)).collect();
        let times: Vec<f64> = (0..1000).map(f64::from).collect();
        let Slope { median, low, high } = slope(&times, &noisy);
        assert!(low < median && median < high && high - low < 0.03, "{low} {median} {high}");
        assert!((median - 3.0).abs() < 0.003, "{median}");
    }
}

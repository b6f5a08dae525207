//! The Mann-Kendall trend test, exact up to 20 values.

use super::chance::normal_above;

/// Values up to which the distribution is exact. It is counted in 128-bit integers, which hold 20!.
const MAX_EXACT: usize = 20;

/// The test with a cache of the statistic's distributions, which depend only on the ties.
#[derive(Debug, Default)]
pub(super) struct MannKendall {
    /// The sizes of the groups of equal values, ascending, and for each number n of inversions the share of all orders that have at
    /// most n.
    distributions: Vec<(Vec<usize>, Vec<f64>)>,
}

impl MannKendall {
    /// The one-sided p-value: the probability that a random order of these values rises at least as much as this one.
    pub(super) fn p_rising(&mut self, values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut ties: Vec<usize> = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
        ties.sort_unstable();
        let inversions = inversions(&mut values.to_vec(), &mut sorted);
        if values.len() > MAX_EXACT {
            let pairs = |of: usize| of * of.saturating_sub(1) / 2;
            let risen =
                pairs(values.len()) - ties.iter().map(|group| pairs(*group)).sum::<usize>() - inversions;
            return approximate_p(values.len(), &ties, risen as f64 - inversions as f64);
        }
        let at = self.distributions.iter().position(|(known, _)| *known == ties).unwrap_or_else(|| {
            let shares = cumulative_shares(values.len(), &ties);
            self.distributions.push((ties, shares));
            self.distributions.len() - 1
        });
        self.distributions[at].1.get(inversions).map_or(1.0, |share| share.min(1.0))
    }
}

/// The number of inversions, pairs of which the later value is smaller, by merge sort. Sorts the values; `scratch` has the same
/// length.
fn inversions(values: &mut [f64], scratch: &mut [f64]) -> usize {
    let half = values.len() / 2;
    if half == 0 {
        return 0;
    }
    let (left, right) = values.split_at_mut(half);
    let (left_scratch, right_scratch) = scratch.split_at_mut(half);
    let mut inversions = inversions(left, left_scratch) + inversions(right, right_scratch);
    let (mut left, mut right) = (&*left, &*right);
    for slot in &mut *scratch {
        let from = match (left.first(), right.first()) {
            (Some(earlier), Some(later)) if later < earlier => {
                inversions += left.len();
                &mut right
            }
            (None, _) => &mut right,
            _ => &mut left,
        };
        if let Some((value, rest)) = from.split_first() {
            (*slot, *from) = (*value, rest);
        }
    }
    values.copy_from_slice(scratch);
    inversions
}

/// For each number n of inversions, the share of all orders with at most n. The Gaussian multinomial coefficient counts the orders
/// of values with ties: the product of 1 + q + … + q^(i−1) for i up to the number of values, divided by the same product for each
/// group of equal values. The coefficient of q^n is the number of orders with n inversions.
fn cumulative_shares(values: usize, ties: &[usize]) -> Vec<f64> {
    let most = values * values.saturating_sub(1) / 2;
    let mut orders = vec![0i128; most + 1];
    orders[0] = 1;
    for i in 1..=values {
        multiply(&mut orders, i);
        divide(&mut orders, 1);
    }
    for i in ties.iter().flat_map(|group| 1..=*group) {
        multiply(&mut orders, 1);
        divide(&mut orders, i);
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
fn multiply(series: &mut [i128], by: usize) {
    for at in (by..series.len()).rev() {
        series[at] -= series[at - by];
    }
}

/// Divides a power series by 1 − q^by.
fn divide(series: &mut [i128], by: usize) {
    for at in by..series.len() {
        series[at] += series[at - by];
    }
}

/// The normal approximation, with corrections for ties and for continuity.
fn approximate_p(values: usize, ties: &[usize], statistic: f64) -> f64 {
    let weight = |n: usize| n as f64 * (n as f64 - 1.0) * (2.0 * n as f64 + 5.0);
    let variance = (weight(values) - ties.iter().map(|group| weight(*group)).sum::<f64>()) / 18.0;
    if statistic <= 0.0 || variance <= 0.0 { 1.0 } else { normal_above((statistic - 1.0) / variance.sqrt()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values() {
        let check = |values: &[f64], expected: f64| {
            let is = MannKendall::default().p_rising(values);
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

    /// The later and the earlier value of each pair.
    fn pairs(values: &[f64]) -> impl Iterator<Item = (f64, f64)> {
        (0..values.len())
            .flat_map(move |later| values[..later].iter().map(move |earlier| (values[later], *earlier)))
    }

    #[test]
    fn inversions_are_counted() {
        for length in 0..60u32 {
            let values: Vec<f64> = (0..length).map(|at| f64::from(at * at * 31 % 17)).collect();
            let expected = pairs(&values).filter(|(later, earlier)| later < earlier).count();
            assert_eq!(inversions(&mut values.clone(), &mut values.clone()), expected, "{values:?}");
        }
    }

    #[test]
    fn exact_and_approximate_agree() {
        let values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4].map(f64::from);
        let exact = MannKendall::default().p_rising(&values);
        let ties = [1, 1, 1, 1, 2, 2, 3, 3, 3, 4];
        let signs = pairs(&values)
            .map(|(later, earlier)| if later == earlier { 0.0 } else { (later - earlier).signum() });
        let about = approximate_p(values.len(), &ties, signs.sum());
        assert!((exact - about).abs() < 0.02, "{exact} {about}");
    }
}

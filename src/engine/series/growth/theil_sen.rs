//! The Theil-Sen slope and its confidence interval.

/// The median of the slopes between pairs of values, with its 90 % confidence interval (Sen 1968).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slope {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Values up to which all pairs are compared. More values are reduced to this number of runs first, so that time and memory do not
/// grow with the square of their number.
const MAX_PAIRED: usize = 128;

/// The slope of values over times, which must ascend; 0 for fewer than 2 values.
pub(super) fn theil_sen(times: &[f64], values: &[f64]) -> Slope {
    let len = times.len().min(values.len());
    if len > MAX_PAIRED {
        let (times, values) = in_runs(times, values, len);
        return theil_sen(&times, &values);
    }
    let mut slopes = Vec::with_capacity(len * len.saturating_sub(1) / 2);
    for later in 1..len {
        for earlier in 0..later {
            slopes.push((values[later] - values[earlier]) / (times[later] - times[earlier]));
        }
    }
    if slopes.is_empty() {
        return Slope { median: 0.0, low: 0.0, high: 0.0 };
    }
    let pairs = slopes.len();
    let n = len as f64;
    let spread = 1.645 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let rank = ((pairs as f64 - spread) / 2.0).max(0.0) as usize;
    let median = median(&mut slopes);
    // `median` has partitioned the slopes around the middle.
    let (below, above) = slopes.split_at_mut(pairs / 2);
    let at = |slopes: &mut [f64], rank: usize| match rank < slopes.len() {
        true => *slopes.select_nth_unstable_by(rank, f64::total_cmp).1,
        false => median,
    };
    Slope { median, low: at(below, rank), high: at(above, pairs - 1 - rank - pairs / 2) }
}

/// Splits the values into [`MAX_PAIRED`] runs of about the same length, and returns the medians of their times and values.
fn in_runs(times: &[f64], values: &[f64], len: usize) -> (Vec<f64>, Vec<f64>) {
    let runs = (0..MAX_PAIRED).map(|run| run * len / MAX_PAIRED..(run + 1) * len / MAX_PAIRED);
    runs.map(|run| (median(&mut times[run.clone()].to_vec()), median(&mut values[run].to_vec()))).unzip()
}

/// The median. There must be at least one value.
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
    fn slopes() {
        let check = |values: &[f64], expected| {
            let times: Vec<f64> = (0..values.len()).map(|at| at as f64).collect();
            let Slope { median, low, high } = theil_sen(&times, values);
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
        let Slope { median, low, high } = theil_sen(&times, &noisy);
        assert!(low < median && median < high && high - low < 0.03, "{low} {median} {high}");
        assert!((median - 3.0).abs() < 0.003, "{median}");
    }
}

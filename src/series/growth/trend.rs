//! Whether counts rise more than chance and load explain: the Mann-Kendall test and the Theil-Sen slope.

use super::Thresholds;
use super::chance;
use super::mann_kendall::MannKendall;
use super::theil_sen::theil_sen;

/// The smallest number of snapshots that can show a trend.
pub(super) const MIN_TREND: usize = 4;

/// The test results for one row's counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trend {
    /// The p-value for this row alone: Mann-Kendall from [`MIN_TREND`] snapshots on, else the comparison of the first and last count.
    pub(super) p_row: f64,
    /// The p-value that is corrected for the number of rows: the comparison of the two halves, or of the first and last count.
    pub(super) p_family: f64,
    /// The gain in goroutines: the Theil-Sen slope times the span, or the last count minus the first.
    pub(super) gain: f64,
    /// The smallest gain that matters.
    pub(super) floor: f64,
    /// The largest count in the earlier half.
    pub(super) early_most: f64,
    /// The smallest count in the later half.
    pub(super) late_least: f64,
    /// Whether all tests pass, apart from the correction for the number of rows.
    pub(super) passes: bool,
}

impl Trend {
    /// The trend of a row that never changes.
    pub(super) const NONE: Trend = Trend {
        p_row: 1.0,
        p_family: 1.0,
        gain: 0.0,
        floor: 0.0,
        early_most: 0.0,
        late_least: 0.0,
        passes: false,
    };
}

/// The smallest gain that matters for a row that starts at `start` goroutines.
pub(super) fn floor(start: f64, thresholds: &Thresholds) -> f64 {
    (thresholds.min_gain as f64).max(thresholds.min_share * start)
}

/// Tests counts divided by the load at each snapshot. There must be at least 2.
pub(super) fn trend(
    counts: &[f64],
    load: &[f64],
    thresholds: &Thresholds,
    mann_kendall: &mut MannKendall,
) -> Trend {
    let snapshots = counts.len();
    // Rounded, so that counts that differ only by the load are ties.
    let adjusted: Vec<f64> = counts.iter().zip(load).map(|(n, by)| (n / by * 1e6).round() / 1e6).collect();
    let (first, last) = (adjusted[0], adjusted[snapshots - 1]);
    let half = snapshots / 2;
    let early_most = adjusted[..snapshots - half].iter().copied().fold(f64::MIN, f64::max);
    let late_least = adjusted[snapshots - half..].iter().copied().fold(f64::MAX, f64::min);
    if snapshots < MIN_TREND {
        let rise = load[snapshots - 1] / load[0];
        let p = chance::p_rise(counts[0], counts[snapshots - 1], rise, thresholds.dispersion);
        let (gain, floor) = (last - first, floor(first, thresholds));
        let passes = gain >= floor && adjusted.windows(2).all(|pair| pair[0] < pair[1]);
        return Trend { p_row: p, p_family: p, gain, floor, early_most, late_least, passes };
    }
    let steps: Vec<f64> = (0..snapshots).map(|at| at as f64).collect();
    let gain = theil_sen(&steps, &adjusted).median * (snapshots - 1) as f64;
    let floor = floor(f64::midpoint(adjusted[0], adjusted[1]), thresholds);
    let p_row = mann_kendall.p_rising(&adjusted);
    let p_family = p_of_halves(counts, load, thresholds.dispersion);
    // If the rise is not linear, the median slope underestimates the gain.
    let is_enough = gain >= floor || (gain >= 0.8 * floor && last - first >= floor);
    let passes = p_row <= thresholds.level && is_enough && late_least > early_most;
    Trend { p_row, p_family, gain, floor, early_most, late_least, passes }
}

/// The probability that chance alone raises the later half over the earlier one as much. Neighbouring counts share goroutines, so
/// they are not independent: whatever the lifetimes, the variance of the difference of two means of h neighbours is at most
/// 0.38 + 0.62 / h² of that of single counts (computed for h from 2 to 10).
fn p_of_halves(counts: &[f64], load: &[f64], dispersion: f64) -> f64 {
    let half = counts.len() / 2;
    let sum = |of: &[f64]| of.iter().sum::<f64>();
    let late = counts.len() - half;
    let (before, after) = (sum(&counts[..half]), sum(&counts[late..]));
    let rise = sum(&load[late..]) / sum(&load[..half]);
    let half = half as f64;
    let weight = 1.0 / (half * (0.38 + 0.62 / (half * half)));
    chance::p_rise(before * weight, after * weight, rise, dispersion)
}

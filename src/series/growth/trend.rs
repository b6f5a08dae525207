//! Whether counts rise more than chance and load explain.

use super::Thresholds;
use super::chance;
use super::rank::MannKendall;
use super::rank::slope;

/// Moments from which counts can show a trend.
pub(super) const MIN_TREND: usize = 4;

/// What one course of counts shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trend {
    /// How often chance alone does as much with this row: of the order from [`MIN_TREND`] moments on, else of the ends.
    pub(super) p_row: f64,
    /// How often chance alone does as much with its halves, or its ends; corrected for the number of rows.
    pub(super) p_family: f64,
    /// The gain: median slope times span, or the last less the first.
    pub(super) gain: f64,
    /// The least gain that counts.
    pub(super) floor: f64,
    /// The most in the earlier half.
    pub(super) early_most: f64,
    /// The least in the later half.
    pub(super) late_least: f64,
    /// Whether it passes, but for the correction for the number of rows.
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

/// The least gain that counts, from this start.
pub(super) fn floor(start: f64, thresholds: &Thresholds) -> f64 {
    (thresholds.min_gain as f64).max(thresholds.min_share * start)
}

/// Measures counts over the load at each moment; there must be 2 at least.
pub(super) fn trend(
    counts: &[f64],
    load: &[f64],
    thresholds: &Thresholds,
    orders: &mut MannKendall,
) -> Trend {
    let snapshots = counts.len();
    // Rounded, so that counts that differ by the load alone tie.
    let level: Vec<f64> = counts.iter().zip(load).map(|(n, by)| (n / by * 1e6).round() / 1e6).collect();
    let (first, last) = (level[0], level[snapshots - 1]);
    let half = snapshots / 2;
    let early_most = level[..snapshots - half].iter().copied().fold(f64::MIN, f64::max);
    let late_least = level[snapshots - half..].iter().copied().fold(f64::MAX, f64::min);
    let least = |start: f64| floor(start, thresholds);
    if snapshots < MIN_TREND {
        let p = chance::rise(
            counts[0],
            counts[snapshots - 1],
            load[snapshots - 1] / load[0],
            thresholds.dispersion,
        );
        let (gain, floor) = (last - first, least(first));
        let between = level.windows(2).all(|pair| pair[0] < pair[1]);
        let passes = gain >= floor && between;
        return Trend { p_row: p, p_family: p, gain, floor, early_most, late_least, passes };
    }
    let steps: Vec<f64> = (0..snapshots).map(|at| at as f64).collect();
    let gain = slope(&steps, &level).median * (snapshots - 1) as f64;
    let floor = least(f64::midpoint(level[0], level[1]));
    let p_row = orders.rising(&level);
    let p_family = halves(counts, load, thresholds.dispersion);
    // The median slope of a bent course falls short of its net gain.
    let enough = gain >= floor || (gain >= 0.8 * floor && last - first >= floor);
    let passes = p_row <= thresholds.level && enough && late_least > early_most;
    Trend { p_row, p_family, gain, floor, early_most, late_least, passes }
}

/// How often chance alone raises the later half over the earlier one as much. Neighbouring counts hold the same
/// goroutines in part; however long these live, means of h neighbours differ by no more than 0.38 + 0.62 / h² of the
/// variance of single counts (reckoned for h from 2 to 10).
fn halves(counts: &[f64], load: &[f64], dispersion: f64) -> f64 {
    let half = counts.len() / 2;
    let sum = |of: &[f64]| of.iter().sum::<f64>();
    let late = counts.len() - half;
    let (before, after) = (sum(&counts[..half]), sum(&counts[late..]));
    let rise = sum(&load[late..]) / sum(&load[..half]);
    let half = half as f64;
    let weight = 1.0 / (half * (0.38 + 0.62 / (half * half)));
    chance::rise(before * weight, after * weight, rise, dispersion)
}

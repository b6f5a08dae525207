//! What counts alone show: whether they rise more than chance and load explain (the Mann-Kendall test and the Theil-Sen slope), and
//! else their shape.

use super::Shape;
use super::Thresholds;
use super::Verdict;
use super::chance;
use super::line::p_of_line;
use super::mann_kendall::MannKendall;
use super::theil_sen::theil_sen;

pub(super) const MIN_TREND: usize = 4;
/// With more snapshots, the comparison of the two halves is strong enough.
const MAX_LINE: usize = 32;

/// The test results for one row's counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Trend {
    /// The p-value for this row alone: Mann-Kendall from [`MIN_TREND`] snapshots on, else the comparison of the first and last count.
    pub(super) p_row: f64,
    /// The p-value that is corrected for the number of rows: the smaller one of the comparison of the two halves and of the straight line;
    /// below [`MIN_TREND`] the comparison of the first and last count.
    pub(super) p_family: f64,
    /// The gain in goroutines: the Theil-Sen slope times the span, or the last count minus the first.
    pub(super) gain: f64,
    pub(super) floor: f64,
    pub(super) early_most: f64,
    pub(super) late_least: f64,
    /// Whether all tests pass, apart from the correction for the number of rows.
    pub(super) passes: bool,
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
    // If the rise is not linear, the median slope underestimates the gain.
    let is_enough = gain >= floor || (gain >= 0.8 * floor && last - first >= floor);
    let passes = p_row <= thresholds.level && is_enough && late_least > early_most;
    let p_halves = p_of_halves(counts, load, thresholds.dispersion);
    let p_family = match passes && snapshots <= MAX_LINE {
        true => p_halves.min(p_of_line(&adjusted, thresholds.dispersion)),
        false => p_halves,
    };
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

/// Classifies counts that do not pass as growing. `floor` is the smallest change that matters.
pub(super) fn classify_shape(
    counts: &[f64],
    floor: f64,
    thresholds: &Thresholds,
    mann_kendall: &mut MannKendall,
) -> (Verdict, Option<Shape>) {
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let smallest = counts.iter().copied().fold(f64::MAX, f64::min);
    let largest = counts.iter().copied().fold(f64::MIN, f64::max);
    let range = largest - smallest;
    if range < floor {
        return (Verdict::Steady, None);
    }
    if is_falling(counts, floor, thresholds, mann_kendall) {
        return (Verdict::Shrinking, None);
    }
    if is_plateau(counts, floor) {
        return (Verdict::Steady, Some(Shape::Plateau));
    }
    if is_sawtooth(counts, range) {
        return (Verdict::Fluctuating, Some(Shape::Sawtooth));
    }
    if is_burst(counts, range) {
        return (Verdict::Fluctuating, Some(Shape::Burst));
    }
    let ends_higher = first <= smallest + 0.25 * range && last >= largest - 0.25 * range;
    let drops = counts.windows(2).any(|pair| pair[0] - pair[1] >= 0.5 * range);
    let may_rise = (ends_higher && !drops) || counts.len() == 2;
    (if may_rise { Verdict::Unclear } else { Verdict::Fluctuating }, None)
}

/// Whether counts fall, by the same tests as for a rise.
fn is_falling(counts: &[f64], floor: f64, thresholds: &Thresholds, mann_kendall: &mut MannKendall) -> bool {
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let p_ends = chance::p_rise(last, first, 1.0, thresholds.dispersion);
    if first - last < floor || p_ends > thresholds.level {
        return false;
    }
    if counts.len() < MIN_TREND {
        return counts.windows(2).all(|pair| pair[0] >= pair[1]);
    }
    let reversed: Vec<f64> = counts.iter().rev().copied().collect();
    mann_kendall.p_rising(&reversed) <= thresholds.level
}

/// Whether counts rose and stopped: the last third of the steps is nearly constant although a constant rate would have gone on, or
/// the steps become smaller and smaller.
pub(super) fn is_plateau(counts: &[f64], floor: f64) -> bool {
    let steps = counts.len() - 1;
    let tail = steps.div_ceil(3);
    let (first, last) = (counts[0], counts[steps]);
    let gain = last - first;
    if steps < 2 || gain < floor {
        return false;
    }
    let end = &counts[steps - tail..];
    let share = tail as f64 / steps as f64;
    let expected = gain * share;
    let spread = end.iter().copied().fold(f64::MIN, f64::max) - end.iter().copied().fold(f64::MAX, f64::min);
    let (risen, trials) = ((last - end[0]).max(0.0) as u64, gain as u64);
    let is_level = spread < 0.2 * expected;
    if steps >= MIN_TREND - 1 && is_level && chance::binomial_at_most(risen, trials, share) <= 0.01 {
        return true;
    }
    if steps == 2 {
        return is_level;
    }
    let slows = counts.windows(3).all(|three| three[2] - three[1] <= three[1] - three[0]);
    slows && last - end[0] < expected / 2.0
}

/// Whether most of a gain came in one step, and the rest is less than what matters: a constant rate makes that unlikely.
pub(super) fn is_jump(counts: &[f64], floor: f64) -> bool {
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let most = counts.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
    let (gain, steps) = (last - first, (counts.len() - 1) as f64);
    let is_most = most >= 0.66 * gain && gain - most < floor;
    is_most && steps * chance::binomial_at_least(most as u64, gain as u64, 1.0 / steps) <= 0.01
}

/// Whether counts climb in two steps, each by at least a tenth of the range, and then fall by at least half of it in one step.
fn is_sawtooth(counts: &[f64], range: f64) -> bool {
    let climbs = |from: f64, to: f64| to - from >= 0.1 * range;
    counts
        .windows(4)
        .any(|four| climbs(four[0], four[1]) && climbs(four[1], four[2]) && four[2] - four[3] >= 0.5 * range)
}

/// Whether counts rise to at least twice the median, and fall back by at least half of the range.
fn is_burst(counts: &[f64], range: f64) -> bool {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let median = sorted[counts.len() / 2];
    let largest = sorted[counts.len() - 1];
    let peak = counts.iter().position(|count| *count == largest).unwrap_or(0);
    let after = counts[peak..].iter().copied().fold(f64::MAX, f64::min);
    peak > 0
        && largest >= 2.0 * median
        && largest - counts[0] >= 0.5 * range
        && largest - after >= 0.5 * range
}

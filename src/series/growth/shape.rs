//! The shape of counts that are not growing.

use super::Shape;
use super::Thresholds;
use super::Verdict;
use super::chance;
use super::mann_kendall::MannKendall;
use super::trend::MIN_TREND;

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
    if (ends_higher && !drops) || counts.len() == 2 {
        (Verdict::Unclear, None)
    } else {
        (Verdict::Fluctuating, None)
    }
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
    if steps >= MIN_TREND - 1
        && spread < 0.2 * expected
        && chance::binomial_at_most(risen, trials, share) <= 0.01
    {
        return true;
    }
    if steps == 2 {
        return spread < 0.2 * expected;
    }
    let slows = counts.windows(3).all(|three| three[2] - three[1] <= three[1] - three[0]);
    slows && last - end[0] < expected / 3.0
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

//! What a course of counts that does not grow looks like.

use super::Shape;
use super::Thresholds;
use super::Verdict;
use super::chance;
use super::rank::MannKendall;
use super::trend::MIN_TREND;

/// What becomes of counts that do not pass as growing. `floor` is the least change that counts.
pub(super) fn course(
    counts: &[f64],
    floor: f64,
    thresholds: &Thresholds,
    orders: &mut MannKendall,
) -> (Verdict, Option<Shape>) {
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let least = counts.iter().copied().fold(f64::MAX, f64::min);
    let most = counts.iter().copied().fold(f64::MIN, f64::max);
    let range = most - least;
    if range < floor {
        return (Verdict::Steady, None);
    }
    if shrinks(counts, floor, thresholds, orders) {
        return (Verdict::Shrinking, None);
    }
    if flattens(counts, floor) {
        return (Verdict::Steady, Some(Shape::Plateau));
    }
    if saws(counts, range) {
        return (Verdict::Fluctuating, Some(Shape::Sawtooth));
    }
    if bursts(counts, range) {
        return (Verdict::Fluctuating, Some(Shape::Burst));
    }
    let climbs = first <= least + 0.25 * range && last >= most - 0.25 * range;
    let falls = counts.windows(2).any(|pair| pair[0] - pair[1] >= 0.5 * range);
    let climbs = climbs && !falls;
    if climbs || counts.len() == 2 { (Verdict::Unclear, None) } else { (Verdict::Fluctuating, None) }
}

/// Whether it falls, by the tests that tell whether it rises.
fn shrinks(counts: &[f64], floor: f64, thresholds: &Thresholds, orders: &mut MannKendall) -> bool {
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let p_ends = chance::rise(last, first, 1.0, thresholds.dispersion);
    if first - last < floor || p_ends > thresholds.level {
        return false;
    }
    if counts.len() < MIN_TREND {
        return counts.windows(2).all(|pair| pair[0] >= pair[1]);
    }
    let backwards: Vec<f64> = counts.iter().rev().copied().collect();
    orders.rising(&backwards) <= thresholds.level
}

/// Whether it rose and stopped: the last third of the steps as good as constant where an even rise would have gone
/// on, or steps that become smaller and smaller.
pub(super) fn flattens(counts: &[f64], floor: f64) -> bool {
    let steps = counts.len() - 1;
    let tail = steps.div_ceil(3);
    let (first, last) = (counts[0], counts[steps]);
    let gain = last - first;
    if steps < 2 || gain < floor {
        return false;
    }
    let end = &counts[steps - tail..];
    let share = tail as f64 / steps as f64;
    let even = gain * share;
    let most = end.iter().copied().fold(f64::MIN, f64::max);
    let spread = most - end.iter().copied().fold(f64::MAX, f64::min);
    let (risen, trials) = ((last - end[0]).max(0.0) as u64, gain as u64);
    if steps >= MIN_TREND - 1 && spread < 0.2 * even && chance::binomial_at_most(risen, trials, share) <= 0.01
    {
        return true;
    }
    if steps == 2 {
        return spread < 0.2 * even;
    }
    let slows = counts.windows(3).all(|three| three[2] - three[1] <= three[1] - three[0]);
    slows && last - end[0] < even / 3.0
}

/// Whether it climbs for two steps and more, each a tenth of its range at least, and falls by half its range at once.
fn saws(counts: &[f64], range: f64) -> bool {
    let climbs = |from: f64, to: f64| to - from >= 0.1 * range;
    let saws = |four: &[f64]| {
        climbs(four[0], four[1]) && climbs(four[1], four[2]) && four[2] - four[3] >= 0.5 * range
    };
    counts.windows(4).any(saws)
}

/// Whether it rises to at least twice what is usual, and comes back by half and more.
fn bursts(counts: &[f64], range: f64) -> bool {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let usual = sorted[counts.len() / 2];
    let most = sorted[counts.len() - 1];
    let peak = counts.iter().position(|count| *count == most).unwrap_or(0);
    let after = counts[peak..].iter().copied().fold(f64::MAX, f64::min);
    peak > 0 && most >= 2.0 * usual && most - counts[0] >= 0.5 * range && most - after >= 0.5 * range
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn courses() {
        let check = |counts: &[i32], expected: (Verdict, Option<Shape>)| {
            let values: Vec<f64> = counts.iter().map(|count| f64::from(*count)).collect();
            let is = course(&values, 10.0, &Thresholds::default(), &mut MannKendall::default());
            assert_eq!(is, expected, "{counts:?}");
        };
        check(&[300, 300, 300, 305, 300, 300], (Verdict::Steady, None));
        check(&[5, 6, 240, 90, 8, 5], (Verdict::Fluctuating, Some(Shape::Burst)));
        check(&[20, 60, 100, 140, 20, 60], (Verdict::Fluctuating, Some(Shape::Sawtooth)));
        check(&[5, 60, 110, 128, 128, 128], (Verdict::Steady, Some(Shape::Plateau)));
        check(&[10, 80, 120, 135, 140, 141], (Verdict::Steady, Some(Shape::Plateau)));
        check(&[10, 10, 10, 100, 100, 100], (Verdict::Steady, Some(Shape::Plateau)));
        check(&[120, 310, 90, 260, 150, 280], (Verdict::Fluctuating, None));
        check(&[90, 70, 50, 30, 10, 0], (Verdict::Shrinking, None));
        check(&[90, 30], (Verdict::Shrinking, None));
        check(&[90, 70, 50], (Verdict::Shrinking, None));
        check(&[10, 10, 10, 10, 50, 90], (Verdict::Unclear, None));
        check(&[20, 32], (Verdict::Unclear, None));
        check(&[5, 100, 5], (Verdict::Fluctuating, Some(Shape::Burst)));
    }
}

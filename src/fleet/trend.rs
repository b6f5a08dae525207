//! Growth over days, by the test of a series.

use crate::series::growth::RowCounts;
use crate::series::growth::Thresholds;
use crate::series::growth::Verdict;
use crate::series::growth::judge;

/// One stack of a service on one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayMean {
    /// Days since 1970.
    pub day: i32,
    /// The mean over the instances that were looked at.
    pub mean: f64,
    /// The instances that were looked at.
    pub instances: u64,
    /// How much their numbers differ: the sample variance, at least 1, because counts are whole; `None` for fewer than two instances.
    pub variance: Option<f64>,
}

/// The verdict on growth over days.
#[derive(Clone, Debug, PartialEq)]
pub struct DayGrowth {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in our words: it counts days, of which each has the goroutines of as many instances as the last one.
    pub reason: String,
}

/// The standard errors that a mean must gain, by the degrees of freedom of what they are estimated from: Student's t with a probability of
/// one in 3.5 million, which is that of five standard errors of a normal distribution. A fleet has a million stacks, and those that gained
/// most are looked at: some of these have few instances that differ little by chance.
const FEWEST_ERRORS: [(f64, f64); 20] = [
    (1.0, 1.111e6),
    (2.0, 1321.0),
    (3.0, 156.7),
    (4.0, 56.85),
    (5.0, 31.85),
    (6.0, 22.02),
    (7.0, 17.11),
    (8.0, 14.25),
    (9.0, 12.43),
    (10.0, 11.17),
    (12.0, 9.58),
    (14.0, 8.62),
    (16.0, 7.98),
    (20.0, 7.20),
    (24.0, 6.74),
    (30.0, 6.32),
    (40.0, 5.95),
    (60.0, 5.60),
    (120.0, 5.29),
    (240.0, 5.14),
];

/// Whether the mean of a stack grows over days, by the same test as snapshots of one process. `instances` scales a mean to the number of
/// goroutines that the test is about, those of the service; so a service that has more instances than before does not grow for that. The gain
/// must be larger than what the differences between instances explain. `None` for one day.
pub fn growth_over_days(days: &[DayMean], instances: u64) -> Option<DayGrowth> {
    let first = days.first()?;
    if days.len() < 2 {
        return None;
    }
    let scaled = |day: &DayMean| (day.mean * instances.max(1) as f64).round() as i128;
    let row = RowCounts { counts: days.iter().map(scaled).collect(), ..RowCounts::default() };
    let hours: Vec<f64> = days.iter().map(|it| f64::from(it.day - first.day) * 24.0).collect();
    // The means are of one instance, so that the load of a service is spread already.
    let thresholds = Thresholds { load: Some(vec![1.0; days.len()]), ..Thresholds::default() };
    let judged = judge(&[row], Some(&hours), &vec![false; days.len()], &thresholds);
    let growth = judged.rows.into_iter().next()?;
    let reason = growth.reason.to_string().replace("snapshot", "day");
    if growth.verdict == Verdict::Growing
        && let Some(Gain { errors, needed, from }) = gain(days, &hours)
        && errors < needed
    {
        let reason = format!(
            "{reason}; but {from} differ so much that it gained only {errors:.1} standard errors, and {needed:.1} are needed to exclude chance"
        );
        return Some(DayGrowth { verdict: Verdict::Unclear, reason });
    }
    Some(DayGrowth { verdict: growth.verdict, reason })
}

/// What a mean gained from the first day to the last.
struct Gain {
    /// In standard errors.
    errors: f64,
    /// The fewest of these.
    needed: f64,
    /// What they are estimated from, in our words.
    from: &'static str,
}

/// The gain by how much instances differ, on all days together: of a single day, few of them may differ little by chance. With one instance
/// on each day, by how much the days differ from a straight line. `None` if there is too little to estimate from.
fn gain(days: &[DayMean], hours: &[f64]) -> Option<Gain> {
    let (first, last) = (days.first()?, days.last()?);
    let freedom_of = |day: &DayMean| day.instances.saturating_sub(1) as f64;
    let freedom: f64 = days.iter().filter(|it| it.variance.is_some()).map(freedom_of).sum();
    if freedom < 1.0 {
        return gain_over_a_line(days, hours);
    }
    let squares: f64 = days.iter().filter_map(|it| Some(it.variance? * freedom_of(it))).sum();
    let pooled = squares / freedom;
    // What leaks may differ more between instances than it did at first.
    let of_mean = |day: &DayMean| day.variance.unwrap_or(0.0).max(pooled) / day.instances.max(1) as f64;
    let errors = (last.mean - first.mean) / (of_mean(first) + of_mean(last)).sqrt().max(f64::MIN_POSITIVE);
    Some(Gain { errors, needed: fewest_errors(freedom), from: "instances" })
}

/// The slope of the least squares line, in its standard errors. Counts are whole: they vary by at least 1.
fn gain_over_a_line(days: &[DayMean], hours: &[f64]) -> Option<Gain> {
    let count = days.len() as f64;
    let (mean, middle) =
        (days.iter().map(|it| it.mean).sum::<f64>() / count, hours.iter().sum::<f64>() / count);
    let spread: f64 = hours.iter().map(|hour| (hour - middle).powi(2)).sum();
    let both: f64 = days.iter().zip(hours).map(|(it, hour)| (it.mean - mean) * (hour - middle)).sum();
    let freedom = count - 2.0;
    if freedom < 1.0 || spread <= 0.0 {
        return None;
    }
    let slope = both / spread;
    let residual = |(it, hour): (&DayMean, &f64)| (it.mean - mean - slope * (hour - middle)).powi(2);
    let variance = (days.iter().zip(hours).map(residual).sum::<f64>() / freedom).max(1.0);
    let errors = slope / (variance / spread).sqrt();
    Some(Gain { errors, needed: fewest_errors(freedom), from: "the days" })
}

/// The fewest standard errors for these degrees of freedom: those of the next smaller number in the table.
fn fewest_errors(freedom: f64) -> f64 {
    let known = FEWEST_ERRORS.iter().rev().find(|(of, _)| *of <= freedom);
    known.or(FEWEST_ERRORS.first()).map_or(f64::MAX, |(_, errors)| *errors)
}

/// The fewest days of which a stack may be said to grow.
const FEWEST_DAYS: usize = 4;

/// Whether the test says that it grows, over at least four days.
pub fn grows_over_days(days: &[DayMean], instances: u64) -> bool {
    days.len() >= FEWEST_DAYS
        && growth_over_days(days, instances).is_some_and(|it| it.verdict == Verdict::Growing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        let check = |means: &[f64], instances: u64, variance: Option<f64>, expected: &str| {
            let day = |(mean, day): (&f64, i32)| DayMean { day, mean: *mean, instances, variance };
            let days: Vec<DayMean> = means.iter().zip(20_000..).map(day).collect();
            let growth = growth_over_days(&days, instances).map(|it| it.verdict.as_str());
            assert_eq!(growth.unwrap_or("none"), expected, "{means:?} {instances} {variance:?}");
        };
        let rising = [10.0, 210.0, 420.0, 610.0, 830.0];
        check(&[40.0], 5, None, "none");
        // 820 / sqrt(2 · variance / 5) standard errors, and 7.2 are needed with 20 degrees of freedom.
        check(&rising, 5, Some(32_000.0), "growing");
        check(&rising, 5, Some(33_000.0), "unclear");
        // The same with 2 instances and 5 degrees, of which 31.85 are needed.
        check(&rising, 2, Some(660.0), "growing");
        check(&rising, 2, Some(670.0), "unclear");
        check(&[200.0, 200.4, 199.8, 200.2, 200.0], 5, Some(1.0), "steady");
        check(&[800.0, 610.0, 400.0, 220.0, 10.0], 5, Some(1.0), "shrinking");
        // One instance: only a line that is straight enough for so few days.
        check(&[10.0, 210.0, 410.0, 610.0, 810.0], 1, None, "growing");
        check(&rising, 1, None, "unclear");
        let eight = [10.0, 210.0, 420.0, 610.0, 830.0, 1015.0, 1208.0, 1420.0];
        check(&eight, 1, None, "growing");
    }

    /// A number from 0 to 1, the same in each run (xorshift).
    fn random(state: &mut u64) -> f64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Counts of queues: even ones, and those of which few are long.
    #[test]
    fn chance_alone_does_not_grow() {
        const STACKS: usize = 400;
        let mut state = 88_172_645_463_325_252;
        for instances in [1, 2, 3, 5] {
            for is_even in [true, false] {
                let mut count = || match is_even {
                    true => 5.0 + (random(&mut state) * 20.0).floor(),
                    false => (-(1.0 - random(&mut state)).ln() * 15.0).floor(),
                };
                for _ in 0..STACKS {
                    let days: Vec<DayMean> = (0..5)
                        .map(|day| {
                            let counts: Vec<f64> = (0..instances).map(|_| count()).collect();
                            let mean = counts.iter().sum::<f64>() / instances as f64;
                            let squares: f64 = counts.iter().map(|it| (it - mean).powi(2)).sum();
                            let variance =
                                (instances > 1).then(|| (squares / (instances - 1) as f64).max(1.0));
                            DayMean { day, mean, instances, variance }
                        })
                        .collect();
                    assert!(!grows_over_days(&days, instances), "{instances} {is_even} {days:?}");
                }
            }
        }
    }

    #[test]
    fn errors_that_are_needed() {
        let check = |freedom, expected| assert_eq!(fewest_errors(freedom), expected, "{freedom}");
        check(0.0, 1.111e6);
        check(3.0, 156.7);
        check(19.0, 7.98);
        check(20.0, 7.20);
        check(1e9, 5.14);
    }
}

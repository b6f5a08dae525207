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
    /// The standard error of the mean, from how much the instances differ; `None` for fewer than two.
    pub error: Option<f64>,
}

/// The verdict on growth over days.
#[derive(Clone, Debug, PartialEq)]
pub struct DayGrowth {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in our words: it counts days, of which each has the goroutines of as many instances as the last one.
    pub reason: String,
}

/// The fewest standard errors that a mean must gain. A fleet has a million stacks, and those that gained most are looked at: with 5, chance
/// makes one of 3.5 million such gains.
const FEWEST_ERRORS: f64 = 5.0;

/// Whether the mean of a stack grows over days, by the same test as snapshots of one process. `instances` scales a mean to the number of
/// goroutines that the test is about, those of the service; so a service that has more instances than before does not grow for that. The gain
/// must be larger than what the differences between instances explain. `None` for one day.
pub fn growth_over_days(days: &[DayMean], instances: u64) -> Option<DayGrowth> {
    let (first, last) = (days.first()?, days.last()?);
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
        && let (Some(before), Some(after)) = (first.error, last.error)
    {
        let errors = (last.mean - first.mean) / before.hypot(after).max(f64::MIN_POSITIVE);
        if errors < FEWEST_ERRORS {
            let reason = format!(
                "{reason}; but instances differ so much that the mean gained only {errors:.1} standard errors, fewer than {FEWEST_ERRORS}"
            );
            return Some(DayGrowth { verdict: Verdict::Unclear, reason });
        }
    }
    Some(DayGrowth { verdict: growth.verdict, reason })
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
        let check = |means: &[f64], error: Option<f64>, expected: &str| {
            let days: Vec<DayMean> =
                means.iter().zip(20_000..).map(|(mean, day)| DayMean { day, mean: *mean, error }).collect();
            let growth = growth_over_days(&days, 5).map(|it| it.verdict.as_str());
            assert_eq!(growth.unwrap_or("none"), expected, "{means:?}");
        };
        check(&[40.0], None, "none");
        check(&[10.0, 210.0, 420.0, 610.0, 830.0], None, "growing");
        check(&[10.0, 210.0, 420.0, 610.0, 830.0], Some(100.0), "growing");
        check(&[10.0, 210.0, 420.0, 610.0, 830.0], Some(120.0), "unclear");
        check(&[200.0, 200.4, 199.8, 200.2, 200.0], None, "steady");
        check(&[800.0, 610.0, 400.0, 220.0, 10.0], None, "shrinking");
    }
}

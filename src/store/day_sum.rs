//! The sums of one stack on one day, over versions.

use super::DayLine;
use crate::fleet::DayMean;

/// The days of which a row has the means.
const DAYS: usize = 12;

/// The sums of a stack on a day. A day on which its service was looked at and did not have it has zeros.
#[derive(Default)]
pub(super) struct DaySum {
    pub(super) day: i32,
    pub(super) squares: f64,
    pub(super) total: f64,
    pub(super) instances: i64,
    pub(super) most: i64,
    pub(super) looked_at: i64,
}

impl DaySum {
    pub(super) fn rms(&self) -> f64 {
        (self.squares / self.looked_at.max(1) as f64).sqrt()
    }

    pub(super) fn mean(&self) -> f64 {
        self.total / self.looked_at.max(1) as f64
    }

    /// Its mean, with the variance if there are at least two instances. Counts are whole: they vary by at least 1.
    fn to_mean(&self) -> DayMean {
        let instances = self.looked_at as f64;
        let variance = (self.squares - instances * self.mean() * self.mean()) / (instances - 1.0);
        let variance = (self.looked_at >= 2).then_some(variance.max(1.0));
        DayMean { day: self.day, mean: self.mean(), instances: self.looked_at.unsigned_abs(), variance }
    }

    pub(super) fn to_line(&self) -> DayLine {
        DayLine {
            day: self.day,
            rms: self.rms(),
            mean: self.mean(),
            most: self.most.unsigned_abs(),
            instances: self.instances.unsigned_abs(),
            looked_at: self.looked_at.unsigned_abs(),
        }
    }
}

/// The means of the last days up to one, oldest first.
pub(super) fn recent_means(days: &[DaySum], last: i32) -> Vec<DayMean> {
    let recent = days.iter().filter(|it| it.day <= last).rev().take(DAYS);
    let mut means: Vec<DayMean> = recent.map(|it| it.to_mean()).collect();
    means.reverse();
    means
}

//! The snapshots that are judged, and what holds for all rows in them.

use std::borrow::Cow;

use super::Cohort;
use super::GrowthBasis;
use super::RowCounts;
use super::Thresholds;
use super::load;
use super::retention::from_leak_proof;
use super::theil_sen::Slope;
use super::theil_sen::theil_sen;
use super::trend::MIN_TREND;

/// The snapshots that are judged: those since the last restart.
#[derive(Clone, Debug)]
pub(super) struct Window<'a> {
    pub(super) start: usize,
    pub(super) snapshots: usize,
    /// Hours of each; `None` without times, or if they do not ascend.
    pub(super) hours: Option<&'a [f64]>,
    /// The load at each; the first judged one has 1.
    pub(super) load: &'a [f64],
    pub(super) steady: Vec<f64>,
    /// The highest load divided by the lowest.
    pub(super) load_factor: f64,
    /// The growth of halves that a row must exceed if the load changed; `None` if it did not, or if the user stated it.
    pub(super) peer_growth: Option<f64>,
    pub(super) thresholds: &'a Thresholds,
}

impl<'a> Window<'a> {
    pub(super) fn new(
        rows: &[RowCounts],
        start: usize,
        columns: usize,
        hours: Option<&'a [f64]>,
        load: &'a [f64],
        thresholds: &'a Thresholds,
    ) -> Self {
        let hours = hours.and_then(|hours| hours.get(start..columns));
        let ascend = |hours: &&[f64]| {
            hours.iter().all(|hour| hour.is_finite()) && hours.windows(2).all(|pair| pair[0] < pair[1])
        };
        let load = load.get(start..).unwrap_or_default();
        let load_factor = load.iter().copied().fold(1.0, f64::max)
            / load.iter().copied().fold(1.0, f64::min).max(f64::MIN_POSITIVE);
        let inferred = thresholds.load.is_none() && load_factor >= load::NOTABLE;
        let peer_growth = if inferred { load::peer_growth(rows, start, columns) } else { None };
        let snapshots = columns - start;
        let (hours, steady) = (hours.filter(ascend), vec![1.0; snapshots]);
        Window { start, snapshots, hours, load, steady, load_factor, peer_growth, thresholds }
    }

    /// Whether the load changed so much that counts decide nothing.
    pub(super) fn load_too_high(&self) -> bool {
        self.load_factor > self.thresholds.max_load
    }

    /// Whether the load changed too little to be mentioned.
    pub(super) fn load_is_steady(&self) -> bool {
        self.load_factor < load::NOTABLE
    }

    pub(super) fn load_moved(&self) -> bool {
        self.load.iter().any(|factor| *factor != 1.0)
    }

    pub(super) fn counts<'r>(&self, row: &'r RowCounts) -> Cow<'r, [i128]> {
        let columns = self.start..self.start + self.snapshots;
        match row.counts.get(columns.clone()) {
            Some(counts) => Cow::Borrowed(counts),
            None => columns.map(|column| load::at(row, column)).collect(),
        }
    }

    /// The cohorts of a row: by goroutine IDs if those of at least half of the steps are known, else by a leak proof that covers at
    /// least nine tenths of the last count. Empty, with `Counts`, if there is neither.
    pub(super) fn cohorts(&self, row: &RowCounts, counts: &[i128]) -> (GrowthBasis, Vec<Cohort>) {
        let steps = self.snapshots.saturating_sub(1);
        let known = match row.cohorts.len() == self.start + steps {
            true => row.cohorts.get(self.start..).unwrap_or_default(),
            false if self.start == 0 => &row.cohorts,
            false => &[],
        };
        if !known.is_empty() && known.len() <= steps && known.len() * 2 >= steps {
            return (GrowthBasis::Cohort, known.to_vec());
        }
        let last = counts.last().copied().unwrap_or(0);
        let is_proven =
            row.proven.is_some_and(|proven| proven > 0 && proven >= last.saturating_sub(last / 10));
        if is_proven {
            (GrowthBasis::Proof, from_leak_proof(counts))
        } else {
            (GrowthBasis::Counts, Vec::new())
        }
    }
}

/// Goroutines gained per hour with the 90 % confidence interval; `None` without times.
pub(super) fn rate(counts: &[i128], constant: bool, window: &Window<'_>) -> Option<(f64, (f64, f64))> {
    let hours = window.hours.filter(|hours| hours.len() >= 2)?;
    if constant {
        return Some((0.0, (0.0, 0.0)));
    }
    let values: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    if values.len() >= MIN_TREND {
        let Slope { median, low, high } = theil_sen(hours, &values);
        return Some((median, (low, high)));
    }
    let (first, last) = (values[0], values[values.len() - 1]);
    let span = hours[hours.len() - 1] - hours[0];
    let error = 1.645 * (window.thresholds.dispersion * (first + last).max(0.0)).sqrt();
    let gain = last - first;
    Some((gain / span, ((gain - error) / span, (gain + error) / span)))
}

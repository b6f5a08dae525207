//! The snapshots that are judged, and what holds for all rows in them: how much of a rise the load explains.

use std::borrow::Cow;

use super::Cohort;
use super::GrowthBasis;
use super::RowCounts;
use super::Thresholds;
use super::retention::from_leak_proof;
use super::theil_sen::Slope;
use super::theil_sen::median;
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
        let inferred = thresholds.load.is_none() && load_factor >= NOTABLE;
        let peer_growth = if inferred { peer_growth(rows, start, columns) } else { None };
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
        self.load_factor < NOTABLE
    }

    pub(super) fn counts<'r>(&self, row: &'r RowCounts) -> Cow<'r, [i128]> {
        let columns = self.start..self.start + self.snapshots;
        match row.counts.get(columns.clone()) {
            Some(counts) => Cow::Borrowed(counts),
            None => columns.map(|column| at(row, column)).collect(),
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

/// The fewest goroutines at both ends from which a stack says something about the load.
const MIN_COUNT: i128 = 5;
/// The fewest goroutines from which a stack that never changes is a sign of steady load. Smaller ones are singletons or pools.
const MIN_CONSTANT: i128 = 20;
/// The fewest stacks from which the load is inferred.
const MIN_STACKS: usize = 5;
/// The fewest goroutines from which a stack's growth is more than noise.
const MIN_LARGE: i128 = 50;
/// The fewest large stacks from which the growth of the fastest tenth is known.
const MIN_PEERS: usize = 10;
/// The load factor from which the load is mentioned.
const NOTABLE: f64 = 1.3;

/// A row's count in a column; 0 if it has none.
fn at(row: &RowCounts, column: usize) -> i128 {
    row.counts.get(column).copied().unwrap_or(0)
}

/// The load in each column relative to column `start`: the median growth of the stacks that both have, at least 1, and 1 if there are
/// too few. Stacks with equal counts count once.
pub(super) fn inferred_load(rows: &[RowCounts], start: usize, columns: usize) -> Vec<f64> {
    let mut moving: Vec<&[i128]> = Vec::new();
    let mut constant = 0usize;
    for row in rows.iter().filter(|row| at(row, start) >= MIN_COUNT) {
        let counts = row.counts.get(start..).unwrap_or_default();
        match counts.len() + start == columns && counts.windows(2).all(|pair| pair[0] == pair[1]) {
            true => constant += usize::from(at(row, start) >= MIN_CONSTANT),
            false => moving.push(counts),
        }
    }
    moving.sort_unstable();
    moving.dedup();
    let mut factors = vec![1.0; columns];
    for (ahead, factor) in factors.iter_mut().skip(start).enumerate().skip(1) {
        let count = |counts: &&[i128]| counts.get(ahead).copied().filter(|count| *count >= MIN_COUNT);
        let ratios = moving.iter().filter_map(|counts| Some(count(counts)? as f64 / counts[0] as f64));
        let mut ratios: Vec<f64> = ratios.chain(std::iter::repeat_n(1.0, constant)).collect();
        if ratios.len() >= MIN_STACKS {
            *factor = median(&mut ratios).max(1.0);
        }
    }
    factors
}

/// How much the fastest tenth of the large stacks grew, from the earlier half of the snapshots to the later; `None` if there are too
/// few. Stacks follow the load at different speeds: those of short-lived goroutines at once, others late, so the median lags behind.
/// A row that grew no more than its fastest peers may have grown with the load.
fn peer_growth(rows: &[RowCounts], start: usize, columns: usize) -> Option<f64> {
    let mut peers: Vec<&[i128]> = Vec::new();
    for row in rows.iter().filter(|row| at(row, start) >= MIN_LARGE && row.counts.len() == columns) {
        let counts = row.counts.get(start..).unwrap_or_default();
        if counts.windows(2).any(|pair| pair[0] != pair[1]) {
            peers.push(counts);
        }
    }
    peers.sort_unstable();
    peers.dedup();
    let mut ratios: Vec<f64> = peers.iter().map(|counts| growth_of_halves(counts)).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    (ratios.len() >= MIN_PEERS).then(|| ratios[ratios.len() - 1 - ratios.len() / 10])
}

/// The sum of the later half of counts divided by that of the earlier half. The middle one of an odd number is left out.
pub(super) fn growth_of_halves(counts: &[i128]) -> f64 {
    let half = counts.len() / 2;
    let sum = |counts: &[i128]| counts.iter().map(|count| *count as f64).sum::<f64>();
    let (early, late) = (sum(&counts[..half]), sum(&counts[counts.len() - half..]));
    if early > 0.0 { late / early } else { f64::INFINITY }
}

/// The load that the user stated, relative to column `start`; 1 where it is not a positive number.
pub(super) fn stated_load(load: &[f64], start: usize, columns: usize) -> Vec<f64> {
    let base = load.get(start).copied().unwrap_or(1.0);
    let factor = |column: usize| {
        let factor = load.get(column).copied().unwrap_or(base) / base;
        if factor.is_finite() && factor > 0.0 && column >= start { factor } else { 1.0 }
    };
    (0..columns).map(factor).collect()
}

/// The sentence about the load; `None` if it did not change enough to matter.
pub(super) fn load_words(load: &[f64], max_load: f64) -> Option<String> {
    let moved = load.iter().copied().fold(1.0, f64::max) / load.iter().copied().fold(1.0, f64::min);
    if moved > max_load {
        return Some(format!(
            "load moved x{moved:.1}, more than x{max_load:.1}: counts decide nothing; take more snapshots at steady load"
        ));
    }
    (moved >= NOTABLE).then(|| format!("load moved x{moved:.1}; take more snapshots at steady load"))
}

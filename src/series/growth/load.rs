//! How much of a rise the load explains, and where a series begins anew.

use super::RowCounts;
use super::rank::median;

/// Goroutines that a stack must have at both ends to tell of the load.
const MIN_COUNT: i128 = 5;
/// Goroutines from which a stack that never changes tells of a steady load; a smaller one is a singleton or a pool.
const MIN_CONSTANT: i128 = 20;
/// Stacks that must tell of the load.
const MIN_STACKS: usize = 5;
/// Goroutines from which a stack's growth is more than noise.
const MIN_LARGE: i128 = 50;
/// Large stacks of which the fastest tenth is told.
const MIN_COMPANY: usize = 10;
/// The load factor from which it is worth a word.
pub(super) const NOTABLE: f64 = 1.3;
/// Share of its goroutines that a stack keeps at most when its process restarts.
const MAX_KEPT: f64 = 0.05;

/// A row's count in a column; 0 where it has none.
pub(super) fn at(row: &RowCounts, column: usize) -> i128 {
    row.counts.get(column).copied().unwrap_or(0)
}

/// The load in each column over that of column `start`: the median growth of the stacks that are there in both, not
/// below 1, and 1 if too few are there. Stacks that move in lockstep count once.
pub(super) fn factors(rows: &[RowCounts], start: usize, columns: usize) -> Vec<f64> {
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

/// How much the fastest tenth of the larger stacks grew, from the earlier half of the moments to the later; `None` if
/// too few are there. Stacks follow the load at different speed: those of short-lived goroutines at once, others late,
/// and the median falls behind. Who grew no more than that grew in company.
pub(super) fn company(rows: &[RowCounts], start: usize, columns: usize) -> Option<f64> {
    let mut courses: Vec<&[i128]> = Vec::new();
    for row in rows.iter().filter(|row| at(row, start) >= MIN_LARGE && row.counts.len() == columns) {
        let counts = row.counts.get(start..).unwrap_or_default();
        if counts.windows(2).any(|pair| pair[0] != pair[1]) {
            courses.push(counts);
        }
    }
    courses.sort_unstable();
    courses.dedup();
    let mut ratios: Vec<f64> = courses.iter().map(|counts| growth_of_halves(counts)).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    (ratios.len() >= MIN_COMPANY).then(|| ratios[ratios.len() - 1 - ratios.len() / 10])
}

/// The later half of counts over the earlier; with an odd number the one between is left out.
pub(super) fn growth_of_halves(counts: &[i128]) -> f64 {
    let half = counts.len() / 2;
    let sum = |counts: &[i128]| counts.iter().map(|count| *count as f64).sum::<f64>();
    let (early, late) = (sum(&counts[..half]), sum(&counts[counts.len() - half..]));
    if early > 0.0 { late / early } else { f64::INFINITY }
}

/// The load as the user knows it, over that of column `start`; 1 where it is no positive number.
pub(super) fn stated(load: &[f64], start: usize, columns: usize) -> Vec<f64> {
    let base = load.get(start).copied().unwrap_or(1.0);
    let factor = |column: usize| {
        let factor = load.get(column).copied().unwrap_or(base) / base;
        if factor.is_finite() && factor > 0.0 && column >= start { factor } else { 1.0 }
    };
    (0..columns).map(factor).collect()
}

/// Columns before which the process restarted: those hinted at, and those where the total falls by more than half and
/// the fall is not one burst's end.
pub(super) fn restarts(rows: &[RowCounts], columns: usize, hints: &[bool]) -> Vec<usize> {
    let mut totals = vec![0i128; columns];
    for row in rows {
        for (total, count) in totals.iter_mut().zip(&row.counts) {
            *total = total.saturating_add(*count);
        }
    }
    let fell = |column: usize| {
        let (before, after) = (totals[column - 1], totals[column]);
        before >= MIN_COUNT && after < before.saturating_sub(after) && looks_new(rows, column)
    };
    (1..columns).filter(|column| hints.get(*column).copied().unwrap_or(false) || fell(*column)).collect()
}

/// Whether a fall is that of a process which begins again: what fell is as good as gone, or most stacks fell; and ids,
/// where known, do not say that the rest is the same as before.
fn looks_new(rows: &[RowCounts], column: usize) -> bool {
    let (mut before, mut after, mut stacks, mut fallen) = (0.0, 0.0, 0usize, 0usize);
    let (mut stayed, mut left) = (0u64, 0u64);
    for row in rows {
        let (was, is) = (at(row, column - 1), at(row, column));
        if was >= MIN_COUNT {
            stacks += 1;
            if is < was.saturating_sub(is) {
                fallen += 1;
                before += was as f64;
                after += is as f64;
            }
        }
        if let Some(cohort) = row.cohorts.get(column - 1) {
            stayed = stayed.saturating_add(cohort.survived);
            left = left.saturating_add(cohort.survived).saturating_add(cohort.born);
        }
    }
    // A process gives the same small ids to the same goroutines each time it starts, hence the least number.
    let same = left >= 10 && stayed as f64 >= 0.9 * left as f64;
    let gone = before > 0.0 && after <= MAX_KEPT * before;
    let most = stacks >= 4 && fallen * 2 >= stacks;
    !same && (gone || most || stacks == 0)
}

/// What is to be said of the load; `None` if it did not move enough to matter.
pub(super) fn words(load: &[f64], max_load: f64) -> Option<String> {
    let most = load.iter().copied().fold(1.0, f64::max);
    let least = load.iter().copied().fold(1.0, f64::min);
    let moved = most / least;
    if moved > max_load {
        return Some(format!(
            "load moved x{moved:.1}, more than x{max_load:.1}: counts decide nothing; take more snapshots at steady load"
        ));
    }
    (moved >= NOTABLE).then(|| format!("load moved x{moved:.1}; take more snapshots at steady load"))
}

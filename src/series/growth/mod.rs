//! Which rows grow: accumulation told from churn, from noise and from load.
//!
//! Evidence outranks evidence: ids that stay, then a trend of four counts and more, then two or three counts, which
//! never show more than that a row grew. Here are numbers only: no clock, no names, no input or output.

mod chance;
mod evidence;
mod load;
mod measured;
mod rank;
mod reasons;
mod retention;
mod row;
mod shape;
mod summary;
mod trend;
mod verdict;
mod window;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use crate::parallel::par_chunks;

pub use evidence::Cohort;
pub use evidence::RowCounts;
pub use evidence::Thresholds;
pub use evidence::Times;
pub use reasons::Reason;
pub use verdict::Growth;
pub use verdict::GrowthBasis;
pub use verdict::Judgement;
pub use verdict::Shape;
pub use verdict::Verdict;

/// A core more is asked for with so many counts: with fewer it takes as long for it to begin.
const WORTH_A_CORE: usize = 1 << 18;

/// Does the work on the rows in parts, each row of as many counts; what it gave, in their order.
fn parts<R: Send>(rows: usize, counts: usize, work: impl Fn(Range<usize>) -> Vec<R> + Sync) -> Vec<R> {
    let parts = par_chunks(rows, WORTH_A_CORE.div_ceil(counts.max(1)), work);
    parts.into_iter().flatten().collect()
}

/// Judges rows over the moments since the last restart. `restarted` has a hint for each column: whether something else
/// than the counts says that the process is another one than in the column before.
pub fn judge(rows: &[RowCounts], times: &Times, restarted: &[bool], thresholds: &Thresholds) -> Judgement {
    let columns = rows.iter().map(|row| row.counts.len()).max().unwrap_or(0);
    let restarts = load::restarts(rows, columns, restarted);
    let start = restarts.last().copied().unwrap_or(0);
    let load = match &thresholds.load {
        Some(stated) => load::stated(stated, start, columns),
        None => load::factors(rows, start, columns),
    };
    let window = window::Window::new(rows, start, columns, times, &load, thresholds);
    let measured: Vec<measured::Measured> = parts(rows.len(), columns, |range| {
        let mut orders = rank::MannKendall::default();
        rows[range].iter().map(|row| measured::measure(row, &window, &mut orders)).collect()
    });
    let cutoffs = measured::Cutoffs::of(&measured, thresholds.fdr);
    let scale = Arc::new(reasons::Scale::new(&window, &cutoffs));
    let verdicts = parts(rows.len(), columns, |range| {
        let mut orders = rank::MannKendall::default();
        let decide = |(row, it)| Box::new(row::decide(row, it, &window, &cutoffs, &scale, &mut orders));
        rows[range.clone()].iter().zip(&measured[range]).map(decide).collect()
    });
    Judgement {
        rows: verdicts,
        load_moved: load::words(load.get(start..).unwrap_or_default(), thresholds.max_load),
        restarts,
        tested: cutoffs.tested,
        smallest_p: cutoffs.smallest_p,
        load,
    }
}

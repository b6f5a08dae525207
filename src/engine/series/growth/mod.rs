//! Which rows grow: accumulation separated from churn, noise and load.
//!
//! `decide.rs` has the order of evidence: a leak proof, goroutine IDs, the survival of goroutines that come and go, then counts.
//! Two or three counts show at most that a row grew, never that it grows. Everything here is arithmetic on numbers: no clock, no
//! names, no input or output.

mod chance;
mod decide;
mod input;
mod line;
mod mann_kendall;
mod measured;
mod reasons;
mod retention;
mod theil_sen;
mod trend;
mod verdict;
mod window;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use crate::parallel::par_chunks;

use mann_kendall::MannKendall;
use measured::Cutoffs;

pub use input::Cohort;
pub use input::RowCounts;
pub use input::Thresholds;
pub use reasons::Reason;
pub use verdict::Growth;
pub use verdict::GrowthBasis;
pub use verdict::Judgement;
pub use verdict::Load;
pub use verdict::Shape;
pub use verdict::Verdict;

/// With fewer counts than this, starting a thread takes as long as what it saves.
const MIN_COUNTS_PER_THREAD: usize = 1 << 18;

/// Runs `work` on ranges of rows in parallel, each row having `columns` counts. Returns the results in the order of the rows.
fn par_rows<R: Send>(rows: usize, columns: usize, work: impl Fn(Range<usize>) -> Vec<R> + Sync) -> Vec<R> {
    let chunks = par_chunks(rows, MIN_COUNTS_PER_THREAD.div_ceil(columns.max(1)), work);
    chunks.into_iter().flatten().collect()
}

/// Judges the rows over the snapshots since the last restart. `hours` has the hours from the first snapshot to each; `None` if a
/// time is unknown. `restarted` says for each column whether its process is not the one of the column before; missing ones are.
pub fn judge(
    rows: &[RowCounts],
    hours: Option<&[f64]>,
    restarted: &[bool],
    thresholds: &Thresholds,
) -> Judgement {
    let columns = rows.iter().map(|row| row.counts.len()).max().unwrap_or(0);
    let restarts: Vec<usize> =
        (1..columns).filter(|column| restarted.get(*column).copied().unwrap_or(false)).collect();
    let start = restarts.last().copied().unwrap_or(0);
    let load = match &thresholds.load {
        Some(stated) => window::stated_load(stated, start, columns),
        None => window::inferred_load(rows, start, columns),
    };
    let window = window::Window::new(rows, start, columns, hours, &load, thresholds);
    let measured = par_rows(rows.len(), columns, |range| {
        let mut mann_kendall = MannKendall::default();
        rows[range].iter().map(|row| measured::measure(row, &window, &mut mann_kendall)).collect()
    });
    let cutoffs = Cutoffs::new(&measured, thresholds.fdr);
    let context = Arc::new(reasons::TestContext::new(&window, &cutoffs));
    let verdicts = par_rows(rows.len(), columns, |range| {
        let mut mann_kendall = MannKendall::default();
        let growth = |(row, measured)| {
            let counts = window.counts(row);
            let evidence = decide::Evidence { counts, measured, window: &window, cutoffs: &cutoffs };
            Box::new(decide::growth(&evidence, &context, &mut mann_kendall))
        };
        rows[range.clone()].iter().zip(&measured[range]).map(growth).collect()
    });
    let moved = window::load_words(load.get(start..).unwrap_or_default(), thresholds.max_load);
    let Cutoffs { tested, smallest_p, .. } = cutoffs;
    Judgement { rows: verdicts, load: Load { factors: load, moved, restarts, tested, smallest_p } }
}

//! Which rows grow: accumulation told from churn, from noise and from load.
//!
//! Evidence outranks evidence: ids that stay, then a trend of four counts and more, then two or three counts, which
//! never show more than that a row grew. Here are numbers only: no clock, no names, no input or output.

mod chance;
mod cohort;
mod course;
mod evidence;
mod load;
mod rank;
mod row;
mod trend;
mod verdict;
mod window;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use evidence::Cohort;
pub use evidence::RowCounts;
pub use evidence::Thresholds;
pub use evidence::Times;
pub use verdict::Growth;
pub use verdict::GrowthBasis;
pub use verdict::Judgement;
pub use verdict::Shape;
pub use verdict::Verdict;
pub use words::Reason;

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
    let mut orders = rank::MannKendall::default();
    let measured: Vec<row::Measured> =
        rows.iter().map(|row| row::measure(row, &window, &mut orders)).collect();
    let cutoffs = row::Cutoffs::of(&measured, thresholds.fdr);
    let scale = Arc::new(words::Scale::new(&window, &cutoffs));
    let verdicts = rows
        .iter()
        .zip(&measured)
        .map(|(row, it)| Box::new(row::decide(row, it, &window, &cutoffs, &scale, &mut orders)));
    Judgement {
        rows: verdicts.collect(),
        load_moved: load::words(load.get(start..).unwrap_or_default(), thresholds.max_load),
        restarts,
        tested: cutoffs.tested,
        smallest_p: cutoffs.smallest_p,
        load,
    }
}

//! The growth verdicts of all rows.

use super::Column;
use super::Row;
use super::column;
use super::growth;
use super::growth::Cohort;
use super::growth::Judgement;
use super::growth::Load;
use super::growth::RowCounts;
use super::growth::Thresholds;
use super::growth::Times;

/// Judges the growth of each row, by the cohorts of each row where there are any.
pub(super) fn judge(rows: &mut [Row], mut cohorts: Vec<Vec<Cohort>>, columns: &[Column]) -> Load {
    if columns.len() < 2 {
        return Load::default();
    }
    for (row, cohorts) in rows.iter_mut().zip(&cohorts) {
        row.cohort = cohorts.last().copied().map(Box::new);
    }
    // If a snapshot has no traceback, the cohorts do not cover the series.
    if cohorts.first().is_some_and(|cohorts| cohorts.len() + 1 != columns.len()) {
        cohorts.clear();
    }
    let cohorts = cohorts.into_iter().chain(std::iter::repeat_with(Vec::new));
    // Counts move to the judge and back, because copies of all of them would be large.
    let counts: Vec<RowCounts> = rows
        .iter_mut()
        .zip(cohorts)
        .map(|(row, cohorts)| RowCounts {
            counts: std::mem::take(&mut row.counts),
            cohorts,
            proven: row.facts.proven(),
        })
        .collect();
    let times: Option<Vec<i64>> = columns.iter().map(|column| column.taken_at).collect();
    let hours = times.map(|times| times.iter().map(|time| (time - times[0]) as f64 / 3.6e12).collect());
    let restarted = column::restarted(columns);
    let Judgement { rows: verdicts, load } =
        growth::judge(&counts, &Times { hours }, &restarted, &Thresholds::default());
    for ((row, judged), verdict) in rows.iter_mut().zip(counts).zip(verdicts) {
        row.growth = Some(verdict);
        row.counts = judged.counts;
    }
    load
}

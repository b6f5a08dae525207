//! Groups × snapshots: the rows and columns that every command fills and every report shows.
//!
//! **Invariant:** profiles are dropped as soon as their groups are added to the rows, and only one batch of snapshots is in memory
//! at a time, so memory does not grow with the number of snapshots times their size.

mod align;
mod batch;
mod builder;
mod column;
pub mod growth;
mod process;
mod restart;
mod row;
mod row_table;
mod stack_cache;

use crate::golang::Owner;
use crate::group::By;
use crate::group::HeapCalls;
use crate::group::LabelValues;
use crate::model::Snapshot;
use crate::stacks::Filter;
use crate::stacks::SymbolTable;

use align::Aligned;
use align::align;
use batch::MAX_BATCH;
use growth::Cohort;
use growth::Judgement;
use growth::RowCounts;
use growth::Thresholds;
use restart::Restart;

pub use align::LabelCounting;
pub use builder::SeriesBuilder;
pub use column::Column;
pub use growth::Load;
pub use row::Change;
pub use row::Row;

/// The groups of one or several snapshots, aligned.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the rows are grouped by.
    pub by: By,
    /// The symbols of all snapshots.
    pub names: SymbolTable,
    /// The snapshots, oldest first.
    pub columns: Vec<Column>,
    /// The groups, most important first: by gain, then by count, then the user's own code, then by fingerprint.
    pub rows: Vec<Row>,
    /// What growth was judged against. The verdict on each row is in the row.
    pub load: Load,
    /// Why the first and the last snapshot seem to be from two programs; `None` if nothing suggests it.
    pub other_program: Option<String>,
    /// The user's calls into other code that the heap profiles show.
    pub heap_calls: HeapCalls,
    /// The labels of the last snapshot, and how many more goroutines have them than in the first one: the key of the most goroutines first.
    pub labels: Vec<LabelValues>,
    /// Problems between snapshots: another program, another build, times out of order.
    pub warnings: Vec<String>,
}

impl Series {
    /// Groups and aligns the snapshots, which are read oldest first and a few at a time, and judges the growth of each row.
    pub fn build(snapshots: impl Iterator<Item = Snapshot>, by: &By, filter: &Filter) -> Series {
        Series::build_with(snapshots, by, filter, LabelCounting::Counted)
    }

    /// As [`Series::build`]; the values of labels are counted or not.
    pub fn build_with(
        snapshots: impl Iterator<Item = Snapshot>,
        by: &By,
        filter: &Filter,
        label_values: LabelCounting,
    ) -> Series {
        Series::judged(align(snapshots, MAX_BATCH, by, filter, label_values), by)
    }

    /// Judges the growth of each row, and sorts the rows.
    fn judged(aligned: Aligned, by: &By) -> Series {
        let Aligned { symbols, columns, mut rows, cohorts, heap_calls, labels } = aligned;
        for row in &mut rows {
            row.user_code = row.stack.first_of(Owner::User, &symbols).is_some();
        }
        let restarts = restart::restarts(&rows, &columns);
        let load = judge(&mut rows, cohorts, &columns, &restarts);
        // Rows are large: a cached key moves each of them only once.
        rows.sort_by_cached_key(Row::sort_key);
        let mut warnings = column::warnings(&columns);
        warnings.extend(restart::warnings(&columns, &restarts));
        let other_program = column::other_program(&rows, &columns, &symbols);
        warnings.extend(other_program.clone());
        Series {
            by: by.clone(),
            names: symbols,
            columns,
            rows,
            load,
            other_program,
            heap_calls,
            labels,
            warnings,
        }
    }

    /// Hours between the first and the last snapshot; `None` if a time is missing or they are not in order.
    pub fn hours(&self) -> Option<f64> {
        let (first, last) = (self.columns.first()?.taken_at?, self.columns.last()?.taken_at?);
        let hours = last.checked_sub(first)? as f64 / 3.6e12;
        (hours > 0.0).then_some(hours)
    }

    /// How many goroutines a row gains per hour; `None` without times, and after a restart.
    pub fn per_hour(&self, row: &Row) -> Option<f64> {
        let hours = self.hours().filter(|_| self.load.restarts.is_empty())?;
        Some(row.gain() as f64 / hours)
    }
}

/// Judges the growth of each row, by the cohorts of each row where there are any.
fn judge(
    rows: &mut [Row],
    mut cohorts: Vec<Vec<Cohort>>,
    columns: &[Column],
    restarts: &[Option<Restart>],
) -> Load {
    if columns.len() < 2 {
        return Load::default();
    }
    for (row, cohorts) in rows.iter_mut().zip(&cohorts) {
        row.cohort = cohorts.last().copied().map(Box::new);
    }
    // If a snapshot has no traceback, the cohorts do not cover the series.
    if cohorts.iter().map(Vec::len).max().is_some_and(|steps| steps + 1 != columns.len()) {
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
    let hours: Option<Vec<f64>> =
        times.map(|times| times.iter().map(|time| (time - times[0]) as f64 / 3.6e12).collect());
    let restarted: Vec<bool> = restarts.iter().map(Option::is_some).collect();
    let Judgement { rows: verdicts, load } =
        growth::judge(&counts, hours.as_deref(), &restarted, &Thresholds::default());
    for ((row, judged), verdict) in rows.iter_mut().zip(counts).zip(verdicts) {
        row.growth = Some(verdict);
        row.counts = judged.counts;
    }
    load
}

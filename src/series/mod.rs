//! Groups × snapshots: the rows and columns that every command fills and every report shows.
//!
//! **Invariant:** a moment's snapshot is not kept once its groups are lined up, and few moments are there at a time, so memory
//! does not grow with the number of moments times their size.

mod align;
mod change;
mod column;
pub mod growth;
mod stack_cache;

use std::cmp::Reverse;

use crate::golang::Owner;
use crate::group::By;
use crate::group::GroupFacts;
use crate::group::Key;
use crate::model::FunctionId;
use crate::model::Snapshot;
use crate::stacks::DisplayStack;
use crate::stacks::Filter;
use crate::stacks::Fingerprint;
use crate::stacks::SymbolTable;

use align::Lined;
pub use change::Change;
pub use column::Column;
use growth::Cohort;
use growth::Growth;
use growth::Judgement;
use growth::RowCounts;
use growth::Shape;
use growth::Thresholds;
use growth::Times;
use growth::Verdict;

/// The groups of one or several moments, lined up.
#[derive(Clone, Debug)]
pub struct Series {
    /// What the rows are grouped by.
    pub by: By,
    /// Names of all moments.
    pub names: SymbolTable,
    /// The moments, oldest first.
    pub columns: Vec<Column>,
    /// The groups, most important first: by gain, then count, then those of the user's own code, then fingerprint.
    pub rows: Vec<Row>,
    /// What the counts tell of growth, as a whole; the verdict on each row lies with it.
    pub load: Load,
    /// Why the first and the last moment look like two programs; `None` if nothing says so.
    pub other_program: Option<String>,
    /// What lining up found: another program, another build, times out of order.
    pub warnings: Vec<String>,
}

/// One group over all moments.
#[derive(Clone, Debug)]
pub struct Row {
    /// What its goroutines have in common.
    pub key: Key,
    /// Its name for baselines.
    pub fingerprint: Fingerprint,
    /// Goroutines in each column.
    pub counts: Vec<i128>,
    /// Its stack, as the latest moment that has it shows it.
    pub stack: DisplayStack,
    /// What the latest moment that has it tells.
    pub facts: Box<GroupFacts>,
    /// Whether a frame belongs to the user's own code.
    pub user_code: bool,
    /// Who was born, ended and survived between the last two neighbouring moments that both have tracebacks; `None` where no two
    /// have.
    pub cohort: Option<Box<Cohort>>,
    /// The verdict on growth; `None` with one moment.
    pub growth: Option<Box<Growth>>,
}

/// What moved all rows together, and how many were looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// The load of each moment, that of the first being 1.
    pub factors: Vec<f64>,
    /// Words, where the load moved so much that verdicts on growth are weaker for it.
    pub moved: Option<String>,
    /// Moments before which the process was started anew.
    pub restarts: Vec<usize>,
    /// Rows that were tested for growth.
    pub tested: usize,
    /// The smallest probability that chance alone made a row grow.
    pub smallest_p: Option<f64>,
}

impl Row {
    /// Goroutines in the last column.
    pub fn count(&self) -> i128 {
        self.counts.last().copied().unwrap_or(0)
    }

    /// Where it stands among the others, the least first: by gain, then count, then those of the user's own code, then
    /// fingerprint. Small, as there is one of each row; what is beyond these numbers is no process.
    fn place(&self) -> (Reverse<i64>, Reverse<i64>, Reverse<bool>, Fingerprint) {
        let within = |number: i128| number.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        (
            Reverse(within(self.gain())),
            Reverse(within(self.count())),
            Reverse(self.user_code),
            self.fingerprint,
        )
    }

    /// The last column less the first.
    pub fn gain(&self) -> i128 {
        self.count() - self.counts.first().copied().unwrap_or(0)
    }

    /// Whether it grows, by counts over four moments and more, or by the numbers of its goroutines.
    pub fn is_growing(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.verdict == Verdict::Growing)
    }

    /// Whether it has more goroutines than chance and load explain, as far as two or three moments can tell.
    pub fn has_grown(&self) -> bool {
        self.growth.as_ref().is_some_and(|growth| growth.shape == Some(Shape::Grew))
    }

    /// What became of it between the first and the last column.
    pub fn change(&self) -> Change {
        Change::between(self.counts.first().copied().unwrap_or(0), self.count())
    }
}

/// Lines up the moments, oldest first. A few are taken at a time, grouped and let go.
pub fn line_up(snapshots: impl Iterator<Item = Snapshot>, by: &By, filter: &Filter) -> Series {
    let Lined { names, columns, mut rows, cohorts } = align::all(snapshots, by, filter);
    for row in &mut rows {
        row.user_code = row.stack.first_of(Owner::User, &names).is_some();
    }
    let load = judge(&mut rows, cohorts, &columns);
    // Rows are large: they are moved once, when the order is known.
    rows.sort_by_cached_key(Row::place);
    let mut warnings = column::warnings(&columns);
    warnings.extend(column::restart_warnings(&columns, &load.restarts));
    let other_program = other_program(&rows, &columns, &names);
    warnings.extend(other_program.clone());
    Series { by: by.clone(), names, columns, rows, load, other_program, warnings }
}

/// The verdicts on growth, each laid to its row.
fn judge(rows: &mut [Row], mut cohorts: Vec<Vec<Cohort>>, columns: &[Column]) -> Load {
    if columns.len() < 2 {
        return Load::default();
    }
    for (row, cohorts) in rows.iter_mut().zip(&cohorts) {
        row.cohort = cohorts.last().copied().map(Box::new);
    }
    // Where a moment had no traceback, the steps do not cover the series.
    if cohorts.first().is_some_and(|steps| steps.len() + 1 != columns.len()) {
        cohorts.clear();
    }
    let cohorts = cohorts.into_iter().chain(std::iter::repeat_with(Vec::new));
    // Counts are lent to the judge, and given back.
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
    let hours =
        times.as_ref().map(|times| times.iter().map(|time| (time - times[0]) as f64 / 3.6e12).collect());
    let restarted: Vec<bool> = column::restarted(columns);
    let Judgement { rows: verdicts, load, load_moved, restarts, tested, smallest_p } =
        growth::judge(&counts, &Times { hours }, &restarted, &Thresholds::default());
    for ((row, lent), verdict) in rows.iter_mut().zip(counts).zip(verdicts) {
        row.growth = Some(verdict);
        row.counts = lent.counts;
    }
    Load { factors: load, moved: load_moved, restarts, tested, smallest_p }
}

/// Tells of a first and a last moment that have no function of their own code in common.
fn other_program(rows: &[Row], columns: &[Column], names: &SymbolTable) -> Option<String> {
    let (first, last) = (columns.first()?, columns.last()?);
    if columns.len() < 2 {
        return None;
    }
    // Whether each function is there, by its number, if it is a library's or the user's.
    let own = |column: usize| {
        let mut own = vec![false; names.symbols.functions_len()];
        let there = rows.iter().filter(|row| row.counts.get(column).is_some_and(|count| *count != 0));
        for frame in there.flat_map(|row| row.stack.frames(names)) {
            own[frame.function.0 as usize] = true;
        }
        for (function, is_there) in (0u32..).map(FunctionId).zip(&mut own) {
            *is_there &= matches!(names.owner(function), Owner::User | Owner::Dependency);
        }
        own
    };
    let (before, after) = (own(0), own(columns.len() - 1));
    let count = |own: &[bool]| own.iter().filter(|is_there| **is_there).count();
    let fewer = count(&before).min(count(&after));
    let common = before.iter().zip(&after).filter(|(before, after)| **before && **after).count();
    // Programs are renamed when they are deployed; by then they have most functions in common.
    let renamed = matches!((&first.program, &last.program), (Some(a), Some(b)) if a != b);
    let other = fewer > 0 && (common == 0 || (renamed && common * 2 <= fewer));
    other.then(|| {
        let (a, b) = (&first.origin, &last.origin);
        format!(
            "{a} and {b} have {common} of {fewer} functions in common: they look like two different programs"
        )
    })
}

impl Series {
    /// Hours between the first and the last moment; `None` if a time is missing or they do not differ.
    pub fn hours(&self) -> Option<f64> {
        let (first, last) = (self.columns.first()?.taken_at?, self.columns.last()?.taken_at?);
        let hours = last.checked_sub(first)? as f64 / 3.6e12;
        (hours > 0.0).then_some(hours)
    }

    /// How many goroutines a row gains in an hour; `None` without times, and where a restart lies in between.
    pub fn per_hour(&self, row: &Row) -> Option<f64> {
        let hours = self.hours().filter(|_| self.load.restarts.is_empty())?;
        Some(row.gain() as f64 / hours)
    }
}

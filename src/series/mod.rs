//! Groups × snapshots: the rows and columns that every command fills and every report shows.
//!
//! **Invariant:** a moment's snapshot is not kept once its groups are lined up, and few moments are there at a time, so memory
//! does not grow with the number of moments times their size.

mod change;
mod column;
pub mod growth;

use std::cmp::Reverse;

use crate::group::Adopted;
use crate::group::By;
use crate::group::Facts;
use crate::group::Filter;
use crate::group::Fingerprint;
use crate::group::Grouping;
use crate::group::Key;
use crate::group::KeyIndex;
use crate::group::Names;
use crate::group::ShownStack;
use crate::group::adopt_heap;
use crate::group::group;
use crate::model::FunctionId;
use crate::model::Moment;
use crate::model::Owner;
use crate::parallel::each;

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
    pub names: Names,
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
    pub stack: ShownStack,
    /// What the latest moment that has it tells.
    pub facts: Box<Facts>,
    /// Whether a frame belongs to the user's own code.
    pub user_code: bool,
    /// Who was born, ended and survived between neighbouring moments, where both have tracebacks.
    pub cohorts: Vec<Cohort>,
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

/// Moments are grouped over the cores while they take no more bytes than this, and at least one.
const BATCH_ROOM: usize = 64 << 20;

/// More moments are not grouped at a time.
const BATCH: usize = 64;

/// A core more is asked for with moments of so many bytes: with fewer it takes as long for it to begin as for their groups.
const WORTH_A_CORE: u64 = 16 << 20;

/// The next moments that are grouped at a time; none at the end.
fn batch(moments: &mut impl Iterator<Item = Moment>) -> Vec<Moment> {
    let (mut batch, mut room) = (Vec::new(), 0);
    while room < BATCH_ROOM
        && batch.len() < BATCH
        && let Some(moment) = moments.next()
    {
        room += moment.room();
        batch.push(moment);
    }
    batch
}

/// Lines up the moments, oldest first. A few are taken at a time, grouped and let go.
pub fn line_up(moments: impl Iterator<Item = Moment>, by: &By, filter: &Filter) -> Series {
    let mut lines = Lines { names: Names::new(by.module.clone()), ..Lines::default() };
    let mut moments = moments.fuse();
    loop {
        let batch = batch(&mut moments);
        if batch.is_empty() {
            break;
        }
        // Names are taken in one moment after the other, so that their numbers do not depend on the cores.
        let adopt = |moment: Moment| {
            let adopted = lines.names.adopt(&moment, by);
            let heap = moment.heap.as_ref().map(|heap| adopt_heap(heap, &mut lines.names));
            (moment, adopted, heap)
        };
        let batch = batch.into_iter().map(adopt).collect();
        let room = |(moment, ..): &(Moment, Adopted, _)| moment.room() as u64;
        let grouped = each(batch, room, WORTH_A_CORE, |(moment, adopted, heap)| {
            let grouping = group(&moment, adopted, by, filter, &lines.names);
            // The rest of the moment is let go before its groups take their place among the rows.
            let column = Column::new(moment, grouping.total, grouping.stacks_unique, heap);
            (grouping, column)
        });
        for (grouping, column) in grouped {
            lines.take(grouping, column, by);
        }
    }
    let Lines { names, columns, mut rows, .. } = lines;
    for row in &mut rows {
        row.counts.resize(columns.len(), 0);
        row.user_code = row.stack.first_of(Owner::User, &names).is_some();
    }
    let load = judge(&mut rows, &columns);
    // Rows are large: they are moved once, when the order is known.
    rows.sort_by_cached_key(|row| {
        (Reverse(row.gain()), Reverse(row.count()), Reverse(row.user_code), row.fingerprint)
    });
    let mut warnings = column::warnings(&columns);
    warnings.extend(column::restart_warnings(&columns, &load.restarts));
    let other_program = other_program(&rows, &columns, &names);
    warnings.extend(other_program.clone());
    Series { by: by.clone(), names, columns, rows, load, other_program, warnings }
}

/// Rows and columns while they are filled.
#[derive(Default)]
struct Lines {
    names: Names,
    columns: Vec<Column>,
    rows: Vec<Row>,
    index: KeyIndex,
}

impl Lines {
    /// Takes the groups of the next moment in.
    fn take(&mut self, grouping: Grouping, column: Column, by: &By) {
        let Lines { names, columns, rows, index } = self;
        let earlier = columns.len();
        let steps = rows.first().map_or(0, |row| row.cohorts.len());
        // Each group of the first moment is a row, in their order.
        let first = rows.is_empty();
        if first {
            rows.reserve(grouping.groups.len());
            *index = grouping.index;
        }
        let has_step = column.has_traceback && columns.last().is_some_and(|column| column.has_traceback);
        for group in grouping.groups {
            let next = rows.len();
            let known = if first { None } else { index.find_or_add(&group.key, next, |at| &rows[at].key) };
            let at = known.unwrap_or(next);
            let before = if at == next {
                let fingerprint = group.key.fingerprint(by, names);
                let mut counts = Vec::with_capacity(earlier + 1);
                counts.resize(earlier, 0);
                rows.push(Row {
                    key: group.key,
                    fingerprint,
                    counts,
                    stack: group.stack,
                    facts: group.facts,
                    user_code: false,
                    cohorts: vec![Cohort { born: 0, exited: 0, survived: 0 }; steps],
                    growth: None,
                });
                None
            } else {
                let row = &mut rows[at];
                row.counts.resize(earlier, 0);
                row.stack = group.stack;
                Some(std::mem::replace(&mut row.facts, group.facts))
            };
            let row = &mut rows[at];
            if has_step {
                let before = before.filter(|_| row.counts.last().is_some_and(|count| *count > 0));
                let now = (group.count > 0).then_some(&*row.facts);
                row.cohorts.push(step(before.as_deref(), now));
            }
            row.counts.push(group.count);
        }
        for row in rows.iter_mut().filter(|row| has_step && row.counts.len() <= earlier) {
            let there = row.counts.len() == earlier && row.counts.last().is_some_and(|count| *count > 0);
            let gone = step(there.then_some(&*row.facts), None);
            row.cohorts.push(gone);
        }
        columns.push(column);
    }
}

/// What became of a row from one moment to the next, by the numbers of its goroutines; `None` where it has none.
fn step(before: Option<&Facts>, now: Option<&Facts>) -> Cohort {
    let ids = |facts: Option<&Facts>| {
        let mut ids = facts.map_or_else(Vec::new, |facts| facts.goroutines().ids());
        ids.dedup();
        ids
    };
    let (before, now) = (ids(before), ids(now));
    let survived = now.iter().filter(|id| before.binary_search(id).is_ok()).count() as u64;
    Cohort { born: now.len() as u64 - survived, exited: before.len() as u64 - survived, survived }
}

/// The verdicts on growth, each laid to its row.
fn judge(rows: &mut [Row], columns: &[Column]) -> Load {
    if columns.len() < 2 {
        return Load::default();
    }
    // Lent to the judge, and given back.
    let counts: Vec<RowCounts> = rows
        .iter_mut()
        .map(|row| RowCounts {
            counts: std::mem::take(&mut row.counts),
            // Where a moment had no traceback, the steps do not cover the series.
            cohorts: match row.cohorts.len() + 1 == columns.len() {
                true => std::mem::take(&mut row.cohorts),
                false => Vec::new(),
            },
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
        if !lent.cohorts.is_empty() {
            row.cohorts = lent.cohorts;
        }
    }
    Load { factors: load, moved: load_moved, restarts, tested, smallest_p }
}

/// Tells of a first and a last moment that have no function of their own code in common.
fn other_program(rows: &[Row], columns: &[Column], names: &Names) -> Option<String> {
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

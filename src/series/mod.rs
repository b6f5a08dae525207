//! Groups × snapshots: the rows and columns that every command fills and every report shows.
//!
//! **Invariant:** a moment's snapshot is not kept once its groups are lined up, so memory does not grow with the number
//! of moments times their size.

mod change;
mod column;

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::group::By;
use crate::group::Facts;
use crate::group::Filter;
use crate::group::Fingerprint;
use crate::group::Key;
use crate::group::Names;
use crate::group::ShownStack;
use crate::group::group;
use crate::model::Moment;
use crate::model::Owner;

pub use change::Change;
pub use column::Column;

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
    pub facts: Facts,
    /// Whether a frame belongs to the user's own code.
    pub user_code: bool,
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

    /// What became of it between the first and the last column.
    pub fn change(&self) -> Change {
        Change::between(self.counts.first().copied().unwrap_or(0), self.count())
    }
}

/// Lines up the moments, oldest first. Each is taken, grouped and let go.
pub fn line_up(moments: impl Iterator<Item = Moment>, by: &By, filter: &Filter) -> Series {
    let mut names = Names::default();
    let mut columns = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut index: HashMap<Key, usize, RandomState> = HashMap::default();
    for moment in moments {
        let grouping = group(&moment, by, filter, &mut names);
        let earlier = columns.len();
        for group in grouping.groups {
            let next = rows.len();
            let at = *index.entry(group.key.clone()).or_insert(next);
            if at == next {
                let fingerprint = group.key.fingerprint(by, &names);
                let (counts, stack, facts) = (vec![0; earlier], group.stack, group.facts);
                rows.push(Row { key: group.key, fingerprint, counts, stack, facts, user_code: false });
            } else {
                let row = &mut rows[at];
                row.counts.resize(earlier, 0);
                row.stack = group.stack;
                row.facts = group.facts;
            }
            rows[at].counts.push(group.count);
        }
        columns.push(Column::new(moment, grouping.total, grouping.stacks_unique));
    }
    for row in &mut rows {
        row.counts.resize(columns.len(), 0);
        row.user_code = row.stack.frames.iter().any(|frame| names.owner(frame.function) == Owner::User);
    }
    rows.sort_by(|a, b| {
        let importance = |row: &Row| (row.gain(), row.count(), row.user_code);
        importance(b).cmp(&importance(a)).then(a.fingerprint.cmp(&b.fingerprint)).then(a.key.cmp(&b.key))
    });
    let mut warnings = column::warnings(&columns);
    warnings.extend(other_program(&rows, &columns, &names));
    Series { by: by.clone(), names, columns, rows, warnings }
}

/// Tells of a first and a last moment that have no function of their own code in common.
fn other_program(rows: &[Row], columns: &[Column], names: &Names) -> Option<String> {
    let (first, last) = (columns.first()?, columns.last()?);
    let own = |column: usize| -> std::collections::BTreeSet<_> {
        let there = rows.iter().filter(|row| row.counts.get(column).is_some_and(|count| *count != 0));
        let frames = there.flat_map(|row| row.stack.frames.iter().map(|frame| frame.function));
        frames.filter(|function| matches!(names.owner(*function), Owner::User | Owner::Dependency)).collect()
    };
    if columns.len() < 2 {
        return None;
    }
    let (before, after) = (own(0), own(columns.len() - 1));
    let disjoint = !before.is_empty() && !after.is_empty() && before.is_disjoint(&after);
    disjoint.then(|| {
        format!(
            "{} and {} have no function in common: they look like two different programs",
            first.origin, last.origin
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

    /// How many goroutines a row gains in an hour; `None` without times.
    pub fn per_hour(&self, row: &Row) -> Option<f64> {
        Some(row.gain() as f64 / self.hours()?)
    }
}

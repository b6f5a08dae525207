//! Rows and columns while they are filled.

use crate::group::By;
use crate::group::Group;
use crate::group::GroupCount;
use crate::group::GroupCounts;
use crate::group::GroupFacts;
use crate::group::Grouping;
use crate::group::KeyIndex;
use crate::stacks::SymbolTable;

use super::Column;
use super::Row;
use super::batch::Grouped;
use super::batch::RowIds;
use super::growth::Cohort;
use super::stack_cache::CachedCounts;

/// The rows and columns of the snapshots so far.
#[derive(Default)]
pub(super) struct RowTable {
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// The rows by their keys.
    index: KeyIndex,
    cohorts: Cohorts,
}

impl RowTable {
    /// Finds the row of each group by its key. New keys are given the ids after the last row; [`RowTable::add`] adds their rows.
    pub(super) fn find(&mut self, snapshots: &mut [Grouped<Box<GroupCounts<'_>>>]) -> RowIds {
        let RowTable { rows, index, .. } = self;
        if rows.is_empty()
            && let Some(Grouped::Full(first)) = snapshots.first_mut()
        {
            *index = first.take_index();
        }
        let mut ids =
            RowIds { of_groups: Vec::with_capacity(snapshots.len()), latest: vec![u32::MAX; rows.len()] };
        let mut new: Vec<&GroupCount> = Vec::new();
        for (snapshot, grouped) in (0u32..).zip(snapshots) {
            let groups = match grouped {
                Grouped::Full(counted) => counted.groups(),
                Grouped::Cached(CachedCounts { rows, .. }) => {
                    rows.iter().for_each(|(row, _)| ids.latest[*row as usize] = snapshot);
                    ids.of_groups.push(rows.iter().map(|(row, _)| *row).collect());
                    continue;
                }
            };
            // The index of the first snapshot is taken as it is, so its groups become rows in their order.
            if rows.is_empty() && snapshot == 0 {
                new.extend(groups);
                ids.latest.resize(groups.len(), snapshot);
                ids.of_groups.push((0..groups.len() as u32).collect());
                continue;
            }
            let mut of_groups = Vec::with_capacity(groups.len());
            for group in groups {
                let next = ids.latest.len();
                let key_at = |row: usize| match rows.get(row) {
                    Some(row) => &row.key,
                    None => &new[row - rows.len()].key,
                };
                let row = index.find_or_add(&group.key, next, key_at).unwrap_or(next);
                if row == next {
                    new.push(group);
                    ids.latest.push(snapshot);
                } else {
                    ids.latest[row] = snapshot;
                }
                of_groups.push(row as u32);
            }
            ids.of_groups.push(of_groups);
        }
        ids
    }

    /// Adds the columns of a batch and the groups of each.
    pub(super) fn add(
        &mut self,
        columns: Vec<Column>,
        grouped: Vec<Grouped<Grouping>>,
        ids: RowIds,
        by: &By,
        symbols: &SymbolTable,
    ) {
        self.rows.reserve(ids.latest.len() - self.rows.len());
        for ((column, grouped), ids) in columns.into_iter().zip(grouped).zip(ids.of_groups) {
            match grouped {
                Grouped::Cached(CachedCounts { rows, .. }) => self.add_counts(&rows, column),
                Grouped::Full(Grouping { groups, .. }) => self.add_groups(groups, &ids, column, by, symbols),
            }
        }
    }

    /// Adds a column that has counts and no traceback.
    fn add_counts(&mut self, counts: &[(u32, i128)], column: Column) {
        for (row, count) in counts {
            self.push_count(*row as usize, *count);
        }
        self.columns.push(column);
    }

    /// Adds a column and its groups, each to its row.
    fn add_groups(
        &mut self,
        groups: Vec<Group>,
        ids: &[u32],
        column: Column,
        by: &By,
        symbols: &SymbolTable,
    ) {
        let has_cohorts =
            column.has_traceback && self.columns.last().is_some_and(|before| before.has_traceback);
        for (Group { key, count, stack, facts }, &id) in groups.into_iter().zip(ids) {
            let id = id as usize;
            let before = if id == self.rows.len() {
                let fingerprint = key.fingerprint(by, symbols);
                self.rows.push(Row {
                    key,
                    fingerprint,
                    counts: Vec::with_capacity(self.columns.len() + 1),
                    stack,
                    facts: facts.unwrap_or_default(),
                    user_code: false,
                    cohort: None,
                    growth: None,
                });
                None
            } else {
                let row = &mut self.rows[id];
                facts.map(|facts| {
                    row.stack = stack;
                    std::mem::replace(&mut row.facts, facts)
                })
            };
            if has_cohorts {
                let row = &self.rows[id];
                let before = before.as_deref().filter(|_| self.was_present(row));
                self.cohorts.record(id, cohort_between(before, (count > 0).then_some(&*row.facts)));
            }
            self.push_count(id, count);
        }
        if has_cohorts {
            for (id, row) in self.rows.iter().enumerate() {
                // Rows without a group in this snapshot.
                if row.counts.len() <= self.columns.len() {
                    let before = self.was_present(row).then_some(&*row.facts);
                    self.cohorts.record(id, cohort_between(before, None));
                }
            }
            self.cohorts.end_step();
        }
        self.columns.push(column);
    }

    /// Whether a row has goroutines in the last column.
    fn was_present(&self, row: &Row) -> bool {
        row.counts.len() == self.columns.len() && row.count() > 0
    }

    /// Adds the count of a row in the column that is added next. Columns that the row is missing from have 0.
    fn push_count(&mut self, row: usize, count: i128) {
        let counts = &mut self.rows[row].counts;
        counts.resize(self.columns.len(), 0);
        counts.push(count);
    }

    /// The columns, the rows with a count for each column, and the cohorts of each row.
    pub(super) fn finish(mut self) -> (Vec<Column>, Vec<Row>, Vec<Vec<Cohort>>) {
        for row in &mut self.rows {
            row.counts.resize(self.columns.len(), 0);
        }
        let cohorts = self.cohorts.finish(self.rows.len());
        (self.columns, self.rows, cohorts)
    }
}

/// The cohorts of all rows. Rows are added late and have no goroutine in many steps, so missing cohorts are filled in at the end.
#[derive(Default)]
struct Cohorts {
    /// The cohorts of each row as far as they are recorded.
    rows: Vec<Vec<Cohort>>,
    /// Steps that are complete.
    steps: usize,
}

impl Cohorts {
    /// Records the cohort of a row in the current step. A row without one has no goroutine in either snapshot.
    fn record(&mut self, row: usize, cohort: Cohort) {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        self.rows[row].resize(self.steps, Cohort::default());
        self.rows[row].push(cohort);
    }

    /// Completes the current step.
    fn end_step(&mut self) {
        self.steps += 1;
    }

    /// The cohorts of each row, one per step; empty if there was no step.
    fn finish(mut self, rows: usize) -> Vec<Vec<Cohort>> {
        if self.steps > 0 {
            self.rows.resize_with(rows, Vec::new);
        }
        for cohorts in &mut self.rows {
            cohorts.resize(self.steps, Cohort::default());
        }
        self.rows
    }
}

/// Compares the goroutine IDs of a row in two snapshots; `None` if it has no goroutine there.
fn cohort_between(before: Option<&GroupFacts>, after: Option<&GroupFacts>) -> Cohort {
    let ids = |facts: Option<&GroupFacts>| {
        let mut ids = facts.map_or_else(Vec::new, |facts| facts.goroutines().ids());
        ids.dedup();
        ids
    };
    let (before, after) = (ids(before), ids(after));
    let survived = after.iter().filter(|id| before.binary_search(id).is_ok()).count() as u64;
    Cohort { born: after.len() as u64 - survived, exited: before.len() as u64 - survived, survived }
}

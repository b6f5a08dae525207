//! Rows and columns while they are filled.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::group::By;
use crate::group::ColumnHeap;
use crate::group::Group;
use crate::group::GroupCount;
use crate::group::GroupCounts;
use crate::group::GroupFacts;
use crate::group::Grouping;
use crate::group::KeyIndex;
use crate::model::BlockedOn;
use crate::model::Snapshot;
use crate::stacks::SymbolTable;

use super::Column;
use super::Row;
use super::batch::Grouped;
use super::batch::RowIds;
use super::growth::Cohort;
use super::process::ProcessIds;
use super::process::serves_many;
use super::stack_cache::CachedCounts;

/// Whether there are other snapshots that the goroutines of one are compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Neighbours {
    None,
    Compared,
}

/// The rows and columns of the snapshots so far.
#[derive(Default)]
pub(super) struct RowTable {
    columns: Vec<Column>,
    rows: Vec<Row>,
    index: KeyIndex,
    /// The cohorts of each row as far as they are recorded.
    cohorts: Vec<Vec<Cohort>>,
    /// Rows whose IDs say nothing about how long a request lasts.
    of_servers: BTreeSet<usize>,
    ids: ProcessIds,
    /// Steps from a snapshot with a traceback to the next that are complete.
    steps: usize,
}

impl RowTable {
    /// Whether there is no snapshot so far.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

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
            let is_first = rows.is_empty() && snapshot == 0;
            let of_groups = groups.iter().map(|group| {
                let next = ids.latest.len();
                let key_at =
                    |row: usize| rows.get(row).map_or_else(|| &new[row - rows.len()].key, |row| &row.key);
                let known = if is_first { None } else { index.find_or_add(&group.key.parts, next, key_at) };
                let row = known.unwrap_or(next);
                if row == next {
                    new.push(group);
                    ids.latest.push(snapshot);
                }
                ids.latest[row] = snapshot;
                row as u32
            });
            let of_groups = of_groups.collect();
            ids.of_groups.push(of_groups);
        }
        ids
    }

    /// Adds the columns and the groups of snapshots. Their profiles are dropped.
    pub(super) fn add(
        &mut self,
        snapshots: impl Iterator<Item = (((Snapshot, Option<ColumnHeap>), Grouped<Grouping>), Vec<u32>)>,
        by: &By,
        symbols: &SymbolTable,
        neighbours: Neighbours,
    ) {
        for (((snapshot, heap), grouped), ids) in snapshots {
            let ids_start_anew = neighbours == Neighbours::Compared && self.ids.advance(&snapshot);
            let (total, stacks) = match grouped {
                Grouped::Cached(CachedCounts { rows, total }) => {
                    rows.iter().for_each(|(row, count)| self.push_count(*row as usize, *count));
                    (total, rows.len())
                }
                Grouped::Full(Grouping { groups, total, stacks_unique, .. }) => {
                    let is_step = Column::lists_goroutines(&snapshot)
                        && self.columns.last().is_some_and(|before| before.has_traceback);
                    self.add_groups(groups, &ids, is_step, by, symbols);
                    (total, stacks_unique)
                }
            };
            let column = Column::new(snapshot, total, stacks, heap);
            self.columns.push(Column { ids_start_anew, ..column });
        }
    }

    /// Adds the groups of the next column, each to its row. `is_step` is whether it and the column before have tracebacks.
    fn add_groups(&mut self, groups: Vec<Group>, ids: &[u32], is_step: bool, by: &By, symbols: &SymbolTable) {
        for (Group { key, count, stack, facts }, &id) in groups.into_iter().zip(ids) {
            let id = id as usize;
            let before = if id == self.rows.len() {
                self.cohorts.push(Vec::new());
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
            if is_step {
                let row = &self.rows[id];
                let before = before.as_deref().filter(|_| self.was_present(row));
                let after = (count > 0).then_some(&*row.facts);
                let entry = row.stack.last(symbols).filter(|_| by.is_by_stack());
                let cohort = match entry.is_some_and(|it| serves_many(symbols.function_name(it.function))) {
                    false => Some(cohort_between(before, after)),
                    true => request_cohort_between(before, after, &self.ids),
                };
                if cohort.is_none() {
                    self.of_servers.insert(id);
                }
                self.push_cohort(id, cohort.unwrap_or_default());
            }
            self.push_count(id, count);
        }
        if is_step {
            for id in 0..self.rows.len() {
                let row = &self.rows[id];
                // Rows without a group in this snapshot.
                if row.counts.len() <= self.columns.len() {
                    self.push_cohort(id, cohort_between(self.was_present(row).then_some(&*row.facts), None));
                }
            }
            self.steps += 1;
        }
    }

    /// Adds the cohort of a row in the current step. In steps that the row is missing from, it has no goroutine.
    fn push_cohort(&mut self, row: usize, cohort: Cohort) {
        self.cohorts[row].resize(self.steps, Cohort::default());
        self.cohorts[row].push(cohort);
    }

    fn was_present(&self, row: &Row) -> bool {
        row.counts.len() == self.columns.len() && row.count() > 0
    }

    /// Adds the count of a row in the column that is added next. Columns that the row is missing from have 0.
    fn push_count(&mut self, row: usize, count: i128) {
        let counts = &mut self.rows[row].counts;
        counts.resize(self.columns.len(), 0);
        counts.push(count);
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Drops the columns for which `keep` is false, and the rows that no other column has. Goroutine IDs of columns that were not neighbours
    /// are not compared, so that the cohorts are dropped, too.
    pub(super) fn retain_columns(&mut self, keep: &[bool]) {
        let is_kept = |at: &usize| keep.get(*at).copied().unwrap_or(true);
        for row in &mut self.rows {
            let mut at = 0..;
            row.counts.retain(|_| at.next().as_ref().is_some_and(is_kept));
        }
        self.rows.retain(|row| row.counts.iter().any(|count| *count != 0));
        self.index = KeyIndex::with_capacity(self.rows.len());
        for (id, row) in self.rows.iter().enumerate() {
            self.index.find_or_add(&row.key.parts, id, |at| &self.rows[at].key);
        }
        let (mut at, mut started_anew) = (0.., false);
        self.columns.retain_mut(|column| {
            // What was seen at a column that is dropped happened before the next one.
            column.ids_start_anew |= started_anew;
            let kept = at.next().as_ref().is_some_and(is_kept);
            started_anew = column.ids_start_anew && !kept;
            kept
        });
        self.cohorts = vec![Vec::new(); self.rows.len()];
        self.of_servers.clear();
        self.steps = 0;
    }

    /// What [`RowTable::finish`] would return, as a copy.
    pub(super) fn copied(&self) -> (Vec<Column>, Vec<Row>, Vec<Vec<Cohort>>) {
        let mut cohorts = self.cohorts.clone();
        let mut rows = self.rows.clone();
        self.complete(&mut rows, &mut cohorts);
        (self.columns.clone(), rows, cohorts)
    }

    /// The columns, the rows with a count for each column, and the cohorts of each row; no cohorts where IDs say nothing.
    pub(super) fn finish(mut self) -> (Vec<Column>, Vec<Row>, Vec<Vec<Cohort>>) {
        let (mut rows, mut cohorts) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.cohorts));
        self.complete(&mut rows, &mut cohorts);
        (self.columns, rows, cohorts)
    }

    /// Adds the counts and cohorts after the last snapshot that a row is in.
    fn complete(&self, rows: &mut [Row], cohorts: &mut [Vec<Cohort>]) {
        for (row, cohorts) in rows.iter_mut().zip(&mut *cohorts) {
            row.counts.resize(self.columns.len(), 0);
            cohorts.resize(self.steps, Cohort::default());
        }
        for row in &self.of_servers {
            cohorts[*row].clear();
        }
    }
}

/// Compares the goroutine IDs of a row in two snapshots; `None` if it has no goroutine there.
fn cohort_between(before: Option<&GroupFacts>, after: Option<&GroupFacts>) -> Cohort {
    let (before, after) = (ids(before), ids(after));
    let survived = after.iter().filter(|id| before.binary_search(id).is_ok()).count();
    cohort(before.len(), after.len(), survived)
}

/// The same for goroutines that serve one request after the other: those that serve another request count as exited and created. `None`
/// if that is not known of most of them.
fn request_cohort_between(
    before: Option<&GroupFacts>,
    after: Option<&GroupFacts>,
    process: &ProcessIds,
) -> Option<Cohort> {
    let waits = (wait_groups(before), wait_groups(after));
    let (before, after) = (ids(before), ids(after));
    let stayed = || after.iter().filter(|id| before.binary_search(id).is_ok());
    let is_same = |id: &u64| {
        let waits_on = || waits.0.get(id).is_some_and(|group| waits.1.get(id) == Some(group)).then_some(true);
        process.serves_same_request(*id).or_else(waits_on)
    };
    let known: Vec<bool> = stayed().filter_map(is_same).collect();
    let all = stayed().count();
    let survived = known.iter().filter(|same| **same).count() + (all - known.len());
    (known.len() * 2 >= all).then(|| cohort(before.len(), after.len(), survived))
}

/// The address of the wait group that each goroutine of a row waits for, by goroutine. A wait group belongs to one piece of work, so who
/// waits for the same one in two snapshots does the same work; a lock is shared.
fn wait_groups(facts: Option<&GroupFacts>) -> HashMap<u64, NonZeroU64, RandomState> {
    let is_wait = |it: &&GroupFacts| it.blocked_on(true).is_some_and(|it| it.value == BlockedOn::WaitGroup);
    let goroutines = facts.filter(is_wait).into_iter().flat_map(|it| it.goroutines());
    goroutines.filter_map(|it| Some((it.id, it.waits_for?))).collect()
}

/// The IDs of a row in one snapshot, each once and sorted.
fn ids(facts: Option<&GroupFacts>) -> Vec<u64> {
    let mut ids = facts.map_or_else(Vec::new, |facts| facts.goroutines().ids());
    ids.dedup();
    ids
}

fn cohort(before: usize, after: usize, survived: usize) -> Cohort {
    Cohort { born: (after - survived) as u64, exited: (before - survived) as u64, survived: survived as u64 }
}

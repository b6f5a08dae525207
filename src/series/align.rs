//! Rows and columns while they are filled, a few moments at a time.

use super::stack_cache::CachedCounts;
use super::stack_cache::StackCache;
use crate::group::By;
use crate::group::ColumnHeap;
use crate::group::Group;
use crate::group::GroupCount;
use crate::group::GroupCounts;
use crate::group::GroupFacts;
use crate::group::Grouping;
use crate::group::KeyIndex;
use crate::group::count;
use crate::group::merge_heap;
use crate::group::merge_symbols;
use crate::model::Snapshot;
use crate::parallel::par_map;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolTable;

use super::Column;
use super::Row;
use super::growth::Cohort;

/// Moments are grouped over the cores while they take no more bytes than this, and at least one.
const BATCH_ROOM: usize = 64 << 20;

/// More moments are not grouped at a time.
const BATCH: usize = 64;

/// The first few are grouped before the others: most stacks of those are known then.
const FIRST: usize = 4;

/// In a step to a moment that has none of a row's goroutines, from one that has none.
const NOTHING: Cohort = Cohort { born: 0, exited: 0, survived: 0 };

/// The next moments that are grouped at a time; none at the end.
fn batch(snapshots: &mut impl Iterator<Item = Snapshot>, most: usize) -> Vec<Snapshot> {
    let (mut batch, mut room) = (Vec::new(), 0);
    while room < BATCH_ROOM
        && batch.len() < most
        && let Some(snapshot) = snapshots.next()
    {
        room += snapshot.heap_size();
        batch.push(snapshot);
    }
    batch
}

/// All moments, lined up.
pub(super) struct Lined {
    pub(super) names: SymbolTable,
    pub(super) columns: Vec<Column>,
    /// In the order in which they were found.
    pub(super) rows: Vec<Row>,
    /// Of each row who was born, ended and survived between neighbouring moments that both have tracebacks; nothing where there
    /// are none of these.
    pub(super) cohorts: Vec<Vec<Cohort>>,
}

/// Lines up the moments, oldest first.
pub(super) fn all(snapshots: impl Iterator<Item = Snapshot>, by: &By, filter: &Filter) -> Lined {
    by_batches(snapshots, BATCH, by, filter)
}

fn by_batches(snapshots: impl Iterator<Item = Snapshot>, most: usize, by: &By, filter: &Filter) -> Lined {
    let mut names = SymbolTable::new(by.module.clone());
    let mut lines = Lines::default();
    let mut known = StackCache::tell_rows(by, filter).then(StackCache::default);
    let mut snapshots = snapshots.fuse().peekable();
    let mut next = if known.is_some() { most.min(FIRST) } else { most };
    loop {
        let batch = batch(&mut snapshots, next);
        if batch.is_empty() {
            break;
        }
        let is_last = snapshots.peek().is_none();
        next = most;
        let found = known.as_ref().map_or_else(Vec::new, |known| found(&names, known, &batch));
        let found = found.into_iter().chain(std::iter::repeat_with(|| None));
        // Names are taken in one moment after the other, so that their numbers do not depend on the cores.
        let adopted = batch.iter().zip(found).map(|(snapshot, found)| {
            let Found { adopted, counts } = found
                .unwrap_or_else(|| Found { adopted: merge_symbols(&mut names, snapshot, by), counts: None });
            let heap = snapshot.heap.as_ref().map(|heap| merge_heap(heap, &mut names));
            (((snapshot, adopted), counts), heap)
        });
        let (adopted, heaps): (Vec<_>, Vec<Option<ColumnHeap>>) = adopted.unzip();
        let mut grouped = par_map(adopted, |((snapshot, adopted), counts)| match counts {
            Some(counts) => Grouped::Known(counts),
            None => Grouped::Counted(Box::new(count(snapshot, adopted, by, filter, &names))),
        });
        let places = lines.find(&mut grouped);
        if let Some(known) = known.as_mut().filter(|_| !is_last) {
            for (grouped, rows) in grouped.iter().zip(&places.rows) {
                if let Grouped::Counted(counted) = grouped {
                    known.learn(counted, rows);
                }
            }
        }
        let wanted = places.wanted(&batch);
        let told =
            par_map(grouped.into_iter().zip(batch.iter().zip(wanted)).collect(), |(grouped, (_, wanted))| {
                match grouped {
                    Grouped::Known(counts) => Told::Known(counts),
                    Grouped::Counted(counted) => Told::Groups(counted.with_facts(|group| wanted[group])),
                }
            });
        let sizes = told.iter().map(Told::size);
        let columns = batch.into_iter().zip(heaps).zip(sizes);
        let columns: Vec<Column> = columns
            .map(|((snapshot, heap), (total, unique))| Column::new(snapshot, total, unique, heap))
            .collect();
        // Not before: the moments leave room.
        lines.rows.reserve(places.latest.len() - lines.rows.len());
        for ((column, told), rows) in columns.into_iter().zip(told).zip(places.rows) {
            match told {
                Told::Known(CachedCounts { rows, .. }) => lines.count(&rows, column),
                Told::Groups(Grouping { groups, .. }) => lines.take(groups, &rows, column, by, &names),
            }
        }
    }
    let Lines { columns, mut rows, mut cohorts, steps, .. } = lines;
    for row in &mut rows {
        row.counts.resize(columns.len(), 0);
    }
    if steps > 0 {
        cohorts.resize_with(rows.len(), Vec::new);
    }
    for cohorts in &mut cohorts {
        cohorts.resize(steps, NOTHING);
    }
    Lined { names, columns, rows, cohorts }
}

/// A moment whose groups are known, or were made.
enum Grouped<'a> {
    Known(CachedCounts),
    Counted(Box<GroupCounts<'a>>),
}

/// The same, with what is wanted of its groups.
enum Told {
    Known(CachedCounts),
    Groups(Grouping),
}

impl Told {
    /// How many goroutines there are, and of how many different stacks.
    fn size(&self) -> (i128, usize) {
        match self {
            Told::Known(CachedCounts { rows, total }) => (*total, rows.len()),
            Told::Groups(Grouping { total, stacks_unique, .. }) => (*total, *stacks_unique),
        }
    }
}

/// A moment whose names are known.
struct Found {
    adopted: SnapshotSymbols,
    /// Its counts, where nothing else is wanted of it and all its stacks are known.
    counts: Option<CachedCounts>,
}

/// Those of the moments whose names are known.
fn found(names: &SymbolTable, known: &StackCache, batch: &[Snapshot]) -> Vec<Option<Found>> {
    let find = |snapshot: &Snapshot| {
        let adopted = names.find(snapshot)?;
        let counts = if Column::tells_goroutines(snapshot) { None } else { known.count(snapshot, &adopted) };
        Some(Found { adopted, counts })
    };
    // Of the first moments nothing is known.
    if known.is_empty() {
        return Vec::new();
    }
    let mut all = par_map(batch.iter().collect(), find);
    // The latest moment of each row has to tell of it.
    let mut told = Vec::new();
    for Found { counts, .. } in all.iter_mut().rev().flatten() {
        let rows = counts.iter().flat_map(|counts| &counts.rows).map(|(row, _)| *row as usize);
        let mut is_latest = false;
        for row in rows {
            if told.len() <= row {
                told.resize(row + 1, false);
            }
            is_latest |= !std::mem::replace(&mut told[row], true);
        }
        counts.take_if(|_| is_latest);
    }
    all
}

#[derive(Default)]
struct Lines {
    columns: Vec<Column>,
    rows: Vec<Row>,
    index: KeyIndex,
    /// Of the first rows the steps between tracebacks, as far as they are known.
    cohorts: Vec<Vec<Cohort>>,
    /// Pairs of neighbouring moments that both have tracebacks.
    steps: usize,
}

/// Where the groups of some moments belong.
struct Places {
    /// Of each moment the rows of its groups, in their order. Rows that are not there yet follow those that are.
    rows: Vec<Vec<u32>>,
    /// Of each row the last of these moments that has it.
    latest: Vec<u32>,
}

impl Places {
    /// Of each moment, whether what it tells of each of its groups is wanted. What is told of a row is told by the latest moment
    /// that has it, but for the numbers of goroutines, by which each is held against the one before.
    fn wanted(&self, snapshots: &[Snapshot]) -> Vec<Vec<bool>> {
        let of = |((at, rows), snapshot): ((u32, &Vec<u32>), &Snapshot)| {
            let all = Column::tells_goroutines(snapshot);
            rows.iter().map(|row| all || self.latest[*row as usize] == at).collect()
        };
        (0u32..).zip(&self.rows).zip(snapshots).map(of).collect()
    }
}

impl Lines {
    /// Finds the rows of the next moments, and gives numbers to those that are not there.
    fn find(&mut self, snapshots: &mut [Grouped<'_>]) -> Places {
        let Lines { rows, index, .. } = self;
        if rows.is_empty()
            && let Some(Grouped::Counted(first)) = snapshots.first_mut()
        {
            *index = first.take_index();
        }
        let mut latest = vec![u32::MAX; rows.len()];
        // Groups that begin rows.
        let mut new: Vec<&GroupCount> = Vec::new();
        let mut places = Vec::with_capacity(snapshots.len());
        for (at, snapshot) in (0u32..).zip(snapshots) {
            let groups = match snapshot {
                Grouped::Known(CachedCounts { rows, .. }) => {
                    rows.iter().for_each(|(row, _)| latest[*row as usize] = at);
                    places.push(rows.iter().map(|(row, _)| *row).collect());
                    continue;
                }
                Grouped::Counted(counted) => counted.groups(),
            };
            // Each group of the first moment is a row, in their order.
            if rows.is_empty() && at == 0 {
                new.extend(groups);
                latest.resize(groups.len(), at);
                places.push((0..groups.len() as u32).collect());
                continue;
            }
            let mut own = Vec::with_capacity(groups.len());
            for group in groups {
                let next = latest.len();
                let key_at = |row: usize| match rows.get(row) {
                    Some(row) => &row.key,
                    None => &new[row - rows.len()].key,
                };
                let row = index.find_or_add(&group.key, next, key_at).unwrap_or(next);
                if row == next {
                    new.push(group);
                    latest.push(at);
                } else {
                    latest[row] = at;
                }
                own.push(row as u32);
            }
            places.push(own);
        }
        Places { rows: places, latest }
    }

    /// Takes the counts of the next moment in, of which nothing else is wanted; it has no traceback.
    fn count(&mut self, counts: &[(u32, i128)], column: Column) {
        let earlier = self.columns.len();
        for (row, count) in counts {
            let row = &mut self.rows[*row as usize];
            row.counts.resize(earlier, 0);
            row.counts.push(*count);
        }
        self.columns.push(column);
    }

    /// Takes the groups of the next moment in, each in its row.
    fn take(&mut self, groups: Vec<Group>, places: &[u32], column: Column, by: &By, names: &SymbolTable) {
        let Lines { columns, rows, cohorts, steps, .. } = self;
        let earlier = columns.len();
        let mut add_step = |row: usize, step: Cohort| {
            if cohorts.len() <= row {
                cohorts.resize_with(row + 1, Vec::new);
            }
            cohorts[row].resize(*steps, NOTHING);
            cohorts[row].push(step);
        };
        let has_step = column.has_traceback && columns.last().is_some_and(|column| column.has_traceback);
        let was_there = |row: &Row| row.counts.get(earlier.wrapping_sub(1)).is_some_and(|count| *count > 0);
        for (Group { key, count, stack, facts }, &place) in groups.into_iter().zip(places) {
            let place = place as usize;
            let before = if place == rows.len() {
                let fingerprint = key.fingerprint(by, names);
                rows.push(Row {
                    key,
                    fingerprint,
                    counts: Vec::with_capacity(earlier + 1),
                    stack,
                    facts: facts.unwrap_or_default(),
                    user_code: false,
                    cohort: None,
                    growth: None,
                });
                None
            } else {
                let row = &mut rows[place];
                facts.map(|facts| {
                    row.stack = stack;
                    std::mem::replace(&mut row.facts, facts)
                })
            };
            let row = &mut rows[place];
            if has_step {
                let before = before.as_deref().filter(|_| was_there(row));
                add_step(place, step(before, (count > 0).then_some(&*row.facts)));
            }
            row.counts.resize(earlier, 0);
            row.counts.push(count);
        }
        if has_step {
            for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.counts.len() <= earlier) {
                add_step(place, step(was_there(row).then_some(&*row.facts), None));
            }
            *steps += 1;
        }
        columns.push(column);
    }
}

/// What became of a row from one moment to the next, by the numbers of its goroutines; `None` where it has none.
fn step(before: Option<&GroupFacts>, now: Option<&GroupFacts>) -> Cohort {
    let ids = |facts: Option<&GroupFacts>| {
        let mut ids = facts.map_or_else(Vec::new, |facts| facts.goroutines().ids());
        ids.dedup();
        ids
    };
    let (before, now) = (ids(before), ids(now));
    let survived = now.iter().filter(|id| before.binary_search(id).is_ok()).count() as u64;
    Cohort { born: now.len() as u64 - survived, exited: before.len() as u64 - survived, survived }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::model::FileId;
    use crate::model::Form;
    use crate::model::Frame;
    use crate::model::Goroutine;
    use crate::model::Kind;
    use crate::model::LabelSetId;
    use crate::model::Profile;
    use crate::model::Sample;
    use crate::model::Truncation;

    /// A moment of goroutines with these numbers, each in one of the functions `main.f0` to `main.f9`.
    fn snapshot(form: Form, all: &[(u64, Range<u64>)]) -> Snapshot {
        let mut profile = Profile::new(form, Kind::Goroutine);
        for (function, ids) in all {
            let function = profile.symbols.intern_function(&format!("main.f{function}"));
            let line = ids.start as u32;
            let frame = profile.stacks.intern_frame(Frame { function, file: FileId::NONE, line });
            let stack = profile.stacks.intern(&[frame], Truncation::default());
            let labels = profile.labels.intern(&[("first".into(), format!("{}", ids.start).into())]);
            profile.samples.push(Sample { stack, labels, count: ids.clone().count() as i64 });
            if form == Form::Traceback {
                let one = |id| Goroutine { id, parent: None, minutes: None, waits_for: None };
                profile.goroutines.push(ids.clone().map(one).collect());
            }
            assert!(labels != LabelSetId::EMPTY);
        }
        Snapshot::from_profile(String::new(), profile)
    }

    #[test]
    fn batches_make_no_difference() {
        let (text, counts) = (Form::Traceback, Form::Pprof);
        let snapshots = [
            snapshot(counts, &[(0, 1..9), (1, 20..21)]),
            snapshot(text, &[(0, 1..9), (2, 30..33)]),
            snapshot(text, &[(0, 1..10), (1, 40..44)]),
            snapshot(text, &[]),
            snapshot(text, &[(2, 30..39), (3, 50..54), (0, 2..3)]),
            snapshot(counts, &[(3, 50..56), (4, 60..69)]),
            snapshot(counts, &[(0, 1..3)]),
            snapshot(text, &[(4, 60..61), (2, 30..35)]),
            snapshot(text, &[(4, 60..64), (5, 70..72), (2, 33..37)]),
        ];
        let (by, filter) = (By::default(), Filter::default());
        let rows = |most: usize| {
            let Lined { rows, columns, cohorts, .. } =
                by_batches(snapshots.iter().cloned(), most, &by, &filter);
            assert_eq!((columns.len(), cohorts.len()), (snapshots.len(), rows.len()));
            rows.iter().zip(cohorts).map(|it| format!("{it:?}")).collect::<Vec<_>>()
        };
        let expected = rows(1);
        assert_eq!(expected.len(), 6);
        for most in 2..=snapshots.len() {
            assert_eq!(rows(most), expected, "{most} at a time");
        }
        let told = |Lined { rows, cohorts, .. }: &Lined, at: usize| {
            (rows[at].counts.clone(), cohorts[at].clone(), rows[at].facts.goroutines().ids())
        };
        let lined = by_batches(snapshots.iter().cloned(), BATCH, &by, &filter);
        let cohort = |born, exited, survived| Cohort { born, exited, survived };
        let third = [cohort(0, 3, 0), NOTHING, cohort(9, 0, 0), cohort(2, 3, 2)];
        assert_eq!(told(&lined, 2), (vec![0, 3, 0, 0, 9, 0, 0, 5, 4], third.to_vec(), (33..37).collect()));
        assert_eq!(lined.rows[1].facts.common_labels().next(), Some(&("first".into(), "40".into())));
        // Of most moments of a long series nothing is wanted but the counts of stacks that were there before.
        let long: Vec<Snapshot> = (0..40u64)
            .map(|at| {
                let form = if at % 13 == 12 { text } else { counts };
                let now_and_then = if at % 5 < 2 { 10 + at % 3..20 } else { 0..0 };
                snapshot(form, &[(0, 1..9 + at), (at % 3, 20..21 + at), (at / 9, 30..33), (6, now_and_then)])
            })
            .collect();
        let rows = |most: usize| {
            let Lined { rows, columns, .. } = by_batches(long.iter().cloned(), most, &by, &filter);
            let columns = columns.iter().map(|column| format!("{column:?}"));
            rows.iter().map(|row| format!("{row:?}")).chain(columns).collect::<Vec<_>>()
        };
        let expected = rows(1);
        for most in 2..=long.len() {
            assert_eq!(rows(most), expected, "{most} at a time");
        }
        // Moments without a row are steps all the same, and the first of a row is its birth.
        let late = [
            snapshot(text, &[]),
            snapshot(text, &[]),
            snapshot(text, &[(0, 1..3)]),
            snapshot(text, &[(0, 1..4)]),
        ];
        for most in 1..=late.len() {
            let lined = by_batches(late.iter().cloned(), most, &by, &filter);
            let steps = vec![NOTHING, cohort(2, 0, 0), cohort(1, 0, 2)];
            assert_eq!(told(&lined, 0), (vec![0, 0, 2, 3], steps, vec![1, 2, 3]));
        }
    }
}

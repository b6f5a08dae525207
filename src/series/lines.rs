//! Rows and columns while they are filled, a few moments at a time.

use crate::group::Adopted;
use crate::group::By;
use crate::group::ColumnHeap;
use crate::group::Counted;
use crate::group::Facts;
use crate::group::Filter;
use crate::group::Group;
use crate::group::Grouping;
use crate::group::KeyIndex;
use crate::group::KnownCounts;
use crate::group::KnownStacks;
use crate::group::Names;
use crate::group::adopt_heap;
use crate::group::count;
use crate::model::Moment;
use crate::parallel::each;

use super::Column;
use super::Row;
use super::growth::Cohort;

/// Moments are grouped over the cores while they take no more bytes than this, and at least one.
const BATCH_ROOM: usize = 64 << 20;

/// More moments are not grouped at a time.
const BATCH: usize = 64;

/// The first few are grouped before the others: most stacks of those are known then.
const FIRST: usize = 4;

/// A core more is asked for with moments of so many bytes: with fewer it takes as long for it to begin as for their groups.
const WORTH_A_CORE: u64 = 16 << 20;

/// What the facts of a group take, about.
const FACTS: usize = 512;

/// In a step to a moment that has none of a row's goroutines, from one that has none.
const NOTHING: Cohort = Cohort { born: 0, exited: 0, survived: 0 };

/// The next moments that are grouped at a time; none at the end.
fn batch(moments: &mut impl Iterator<Item = Moment>, most: usize) -> Vec<Moment> {
    let (mut batch, mut room) = (Vec::new(), 0);
    while room < BATCH_ROOM
        && batch.len() < most
        && let Some(moment) = moments.next()
    {
        room += moment.room();
        batch.push(moment);
    }
    batch
}

/// All moments, lined up.
pub(super) struct Lined {
    pub(super) names: Names,
    pub(super) columns: Vec<Column>,
    /// In the order in which they were found.
    pub(super) rows: Vec<Row>,
    /// Of each row who was born, ended and survived between neighbouring moments that both have tracebacks; nothing where there
    /// are none of these.
    pub(super) cohorts: Vec<Vec<Cohort>>,
}

/// Lines up the moments, oldest first.
pub(super) fn all(moments: impl Iterator<Item = Moment>, by: &By, filter: &Filter) -> Lined {
    by_batches(moments, BATCH, by, filter)
}

fn by_batches(moments: impl Iterator<Item = Moment>, most: usize, by: &By, filter: &Filter) -> Lined {
    let mut names = Names::new(by.module.clone());
    let mut lines = Lines::default();
    let mut known = KnownStacks::tell_rows(by, filter).then(KnownStacks::default);
    let mut moments = moments.fuse().peekable();
    let mut next = if known.is_some() { most.min(FIRST) } else { most };
    loop {
        let batch = batch(&mut moments, next);
        if batch.is_empty() {
            break;
        }
        let is_last = moments.peek().is_none();
        next = most;
        let found = known.as_ref().map_or_else(Vec::new, |known| found(&names, known, &batch, by));
        let found = found.into_iter().chain(std::iter::repeat_with(|| None));
        // Names are taken in one moment after the other, so that their numbers do not depend on the cores.
        let adopted = batch.iter().zip(found).map(|(moment, found)| {
            let Found { adopted, counts } =
                found.unwrap_or_else(|| Found { adopted: names.adopt(moment, by), counts: None });
            let heap = moment.heap.as_ref().map(|heap| adopt_heap(heap, &mut names));
            (((moment, adopted), counts), heap)
        });
        let (adopted, heaps): (Vec<_>, Vec<Option<ColumnHeap>>) = adopted.unzip();
        let mut grouped = each(
            adopted,
            |((moment, _), counts)| if counts.is_some() { 0 } else { moment.room() as u64 },
            WORTH_A_CORE,
            |((moment, adopted), counts)| match counts {
                Some(counts) => Grouped::Known(counts),
                None => Grouped::Counted(Box::new(count(moment, adopted, by, filter, &names))),
            },
        );
        let places = lines.find(&mut grouped);
        if let Some(known) = known.as_mut().filter(|_| !is_last) {
            for (grouped, rows) in grouped.iter().zip(&places.rows) {
                if let Grouped::Counted(counted) = grouped {
                    known.learn(counted, rows);
                }
            }
        }
        let wanted = places.wanted(&batch);
        let room = |moment: &Moment, wanted: &[bool]| match Column::tells_goroutines(moment) {
            true => moment.room(),
            false => wanted.iter().filter(|wanted| **wanted).count() * FACTS,
        };
        let told = each(
            grouped.into_iter().zip(batch.iter().zip(wanted)).collect(),
            |(_, (moment, wanted))| room(moment, wanted) as u64,
            WORTH_A_CORE,
            |(grouped, (_, wanted))| match grouped {
                Grouped::Known(counts) => Told::Known(counts),
                Grouped::Counted(counted) => Told::Groups(counted.tell(|group| wanted[group])),
            },
        );
        let sizes = told.iter().map(Told::size);
        let columns = batch.into_iter().zip(heaps).zip(sizes);
        let columns: Vec<Column> = columns
            .map(|((moment, heap), (total, unique))| Column::new(moment, total, unique, heap))
            .collect();
        // Not before: the moments leave room.
        lines.rows.reserve(places.latest.len() - lines.rows.len());
        for ((column, told), rows) in columns.into_iter().zip(told).zip(places.rows) {
            match told {
                Told::Known(KnownCounts { rows, .. }) => lines.count(&rows, column),
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
    Known(KnownCounts),
    Counted(Box<Counted<'a>>),
}

/// The same, with what is wanted of its groups.
enum Told {
    Known(KnownCounts),
    Groups(Grouping),
}

impl Told {
    /// How many goroutines there are, and of how many different stacks.
    fn size(&self) -> (i128, usize) {
        match self {
            Told::Known(KnownCounts { rows, total }) => (*total, rows.len()),
            Told::Groups(Grouping { total, stacks_unique, .. }) => (*total, *stacks_unique),
        }
    }
}

/// A moment whose names are known.
struct Found {
    adopted: Adopted,
    /// Its counts, where nothing else is wanted of it and all its stacks are known.
    counts: Option<KnownCounts>,
}

/// Those of the moments whose names are known.
fn found(names: &Names, known: &KnownStacks, batch: &[Moment], by: &By) -> Vec<Option<Found>> {
    let find = |moment: &Moment| {
        let adopted = names.find(moment, by)?;
        let counts = if Column::tells_goroutines(moment) { None } else { known.count(moment, &adopted) };
        Some(Found { adopted, counts })
    };
    // Of the first moments nothing is known.
    if known.is_empty() {
        return Vec::new();
    }
    let mut all = each(batch.iter().collect(), |moment| moment.room() as u64, WORTH_A_CORE, find);
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
    fn wanted(&self, moments: &[Moment]) -> Vec<Vec<bool>> {
        let of = |((at, rows), moment): ((u32, &Vec<u32>), &Moment)| {
            let all = Column::tells_goroutines(moment);
            rows.iter().map(|row| all || self.latest[*row as usize] == at).collect()
        };
        (0u32..).zip(&self.rows).zip(moments).map(of).collect()
    }
}

impl Lines {
    /// Finds the rows of the next moments, and gives numbers to those that are not there.
    fn find(&mut self, moments: &mut [Grouped<'_>]) -> Places {
        let Lines { rows, index, .. } = self;
        if rows.is_empty()
            && let Some(Grouped::Counted(first)) = moments.first_mut()
        {
            *index = first.take_index();
        }
        let mut latest = vec![u32::MAX; rows.len()];
        // Groups that begin rows.
        let mut new: Vec<&Group> = Vec::new();
        let mut places = Vec::with_capacity(moments.len());
        for (at, moment) in (0u32..).zip(moments) {
            let groups = match moment {
                Grouped::Known(KnownCounts { rows, .. }) => {
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
    fn take(&mut self, groups: Vec<Group>, places: &[u32], column: Column, by: &By, names: &Names) {
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

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::model::FileId;
    use crate::model::Form;
    use crate::model::Frame;
    use crate::model::Gap;
    use crate::model::Goroutine;
    use crate::model::Kind;
    use crate::model::LabelSetId;
    use crate::model::Sample;
    use crate::model::Snapshot;

    /// A moment of goroutines with these numbers, each in one of the functions `main.f0` to `main.f9`.
    fn moment(form: Form, all: &[(u64, Range<u64>)]) -> Moment {
        let mut snapshot = Snapshot::new(form, Kind::Goroutine);
        for (function, ids) in all {
            let function = snapshot.symbols.intern_function(&format!("main.f{function}"));
            let line = ids.start as u32;
            let frame = snapshot.stacks.intern_frame(Frame { function, file: FileId::NONE, line });
            let stack = snapshot.stacks.intern(&[frame], Gap::default());
            let labels = snapshot.labels.intern(&[("first".into(), format!("{}", ids.start).into())]);
            snapshot.samples.push(Sample { stack, labels, count: ids.clone().count() as i64 });
            if form == Form::Traceback {
                let one = |id| Goroutine { id, parent: None, minutes: None, waits_for: None };
                snapshot.goroutines.push(ids.clone().map(one).collect());
            }
            assert!(labels != LabelSetId::EMPTY);
        }
        Moment::counted(String::new(), snapshot)
    }

    #[test]
    fn batches_make_no_difference() {
        let (text, counts) = (Form::Traceback, Form::Pprof);
        let moments = [
            moment(counts, &[(0, 1..9), (1, 20..21)]),
            moment(text, &[(0, 1..9), (2, 30..33)]),
            moment(text, &[(0, 1..10), (1, 40..44)]),
            moment(text, &[]),
            moment(text, &[(2, 30..39), (3, 50..54), (0, 2..3)]),
            moment(counts, &[(3, 50..56), (4, 60..69)]),
            moment(counts, &[(0, 1..3)]),
            moment(text, &[(4, 60..61), (2, 30..35)]),
            moment(text, &[(4, 60..64), (5, 70..72), (2, 33..37)]),
        ];
        let (by, filter) = (By::default(), Filter::default());
        let rows = |most: usize| {
            let Lined { rows, columns, cohorts, .. } =
                by_batches(moments.iter().cloned(), most, &by, &filter);
            assert_eq!((columns.len(), cohorts.len()), (moments.len(), rows.len()));
            rows.iter().zip(cohorts).map(|it| format!("{it:?}")).collect::<Vec<_>>()
        };
        let expected = rows(1);
        assert_eq!(expected.len(), 6);
        for most in 2..=moments.len() {
            assert_eq!(rows(most), expected, "{most} at a time");
        }
        let told = |Lined { rows, cohorts, .. }: &Lined, at: usize| {
            (rows[at].counts.clone(), cohorts[at].clone(), rows[at].facts.goroutines().ids())
        };
        let lined = by_batches(moments.iter().cloned(), BATCH, &by, &filter);
        let cohort = |born, exited, survived| Cohort { born, exited, survived };
        let third = [cohort(0, 3, 0), NOTHING, cohort(9, 0, 0), cohort(2, 3, 2)];
        assert_eq!(told(&lined, 2), (vec![0, 3, 0, 0, 9, 0, 0, 5, 4], third.to_vec(), (33..37).collect()));
        assert_eq!(lined.rows[1].facts.common_labels().next(), Some(&("first".into(), "40".into())));
        // Of most moments of a long series nothing is wanted but the counts of stacks that were there before.
        let long: Vec<Moment> = (0..40u64)
            .map(|at| {
                let form = if at % 13 == 12 { text } else { counts };
                let now_and_then = if at % 5 < 2 { 10 + at % 3..20 } else { 0..0 };
                moment(form, &[(0, 1..9 + at), (at % 3, 20..21 + at), (at / 9, 30..33), (6, now_and_then)])
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
        let late =
            [moment(text, &[]), moment(text, &[]), moment(text, &[(0, 1..3)]), moment(text, &[(0, 1..4)])];
        for most in 1..=late.len() {
            let lined = by_batches(late.iter().cloned(), most, &by, &filter);
            let steps = vec![NOTHING, cohort(2, 0, 0), cohort(1, 0, 2)];
            assert_eq!(told(&lined, 0), (vec![0, 0, 2, 3], steps, vec![1, 2, 3]));
        }
    }
}

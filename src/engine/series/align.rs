//! Snapshots to rows and columns, batch by batch.

use crate::group::By;
use crate::group::EarlierLabels;
use crate::group::HeapCalls;
use crate::group::LabelValues;
use crate::model::Snapshot;
use crate::parallel::par_map;
use crate::stacks::Filter;
use crate::stacks::SymbolTable;
use crate::switches::Mechanism;

use super::Column;
use super::Row;
use super::batch::Batch;
use super::batch::FIRST_BATCH;
use super::batch::Grouped;
use super::growth::Cohort;
use super::row_table::Neighbours;
use super::row_table::RowTable;
use super::stack_cache::StackCache;

/// The rows and columns of a series before growth is judged.
pub(super) struct Aligned {
    pub(super) symbols: SymbolTable,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// The cohorts of each row, one for each pair of neighbouring snapshots that both have tracebacks.
    pub(super) cohorts: Vec<Vec<Cohort>>,
    /// The user's calls that the heap profiles show.
    pub(super) heap_calls: HeapCalls,
    /// The labels of the last snapshot.
    pub(super) labels: Vec<LabelValues>,
}

/// Groups the snapshots, oldest first, and aligns their groups by key.
pub(super) fn align(
    snapshots: impl Iterator<Item = Snapshot>,
    max_batch: usize,
    by: &By,
    filter: &Filter,
    label_values: LabelCounting,
) -> Aligned {
    let mut aligner = Aligner::new(by, label_values);
    if StackCache::is_applicable(by, filter) && Mechanism::StackCache.is_on() {
        aligner.cache = Some(StackCache::default());
    }
    let mut snapshots = snapshots.fuse().peekable();
    let mut len = if aligner.cache.is_some() { max_batch.min(FIRST_BATCH) } else { max_batch };
    while let Some(batch) = Batch::next(&mut snapshots, len, by, filter) {
        len = max_batch;
        let is_last = snapshots.peek().is_none();
        let neighbours = match aligner.table.is_empty() && batch.snapshots.len() == 1 && is_last {
            true => Neighbours::None,
            false => Neighbours::Compared,
        };
        aligner.add(batch, neighbours, if is_last { Following::None } else { Following::More });
    }
    aligner.finish()
}

/// Whether the values of labels are counted: it takes a tenth of the time of a profile with many label sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelCounting {
    /// For a report that shows them.
    #[default]
    Counted,
    /// [`Series::labels`](super::Series::labels) stays empty.
    Ignored,
}

/// Whether more snapshots follow a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Following {
    None,
    More,
}

/// A series while snapshots are added to it.
pub(super) struct Aligner {
    symbols: SymbolTable,
    /// `None` if the stacks are not cached: a stack does not determine its row, or snapshots are added one by one. Each is then the latest
    /// of all and must be grouped, because rows show its facts.
    cache: Option<StackCache>,
    table: RowTable,
    heap_calls: HeapCalls,
    label_values: LabelCounting,
    /// The labels of the first snapshot, if more follow.
    first_labels: Option<EarlierLabels>,
    /// The values of the labels of the last snapshot.
    labels: Vec<LabelValues>,
}

impl Aligner {
    /// No snapshot yet, and no cache.
    pub(super) fn new(by: &By, label_values: LabelCounting) -> Self {
        Aligner {
            symbols: SymbolTable::new(by.module.clone()),
            cache: None,
            table: RowTable::default(),
            heap_calls: HeapCalls::default(),
            label_values,
            first_labels: None,
            labels: Vec::new(),
        }
    }

    /// Adds the next snapshots. Their profiles are dropped.
    pub(super) fn add(&mut self, batch: Batch<'_>, neighbours: Neighbours, following: Following) {
        let Aligner { symbols, cache, table, heap_calls, label_values, first_labels, labels } = self;
        let (mut grouped, heaps) = batch.group(symbols, heap_calls, cache.as_ref());
        let is_counted = *label_values == LabelCounting::Counted;
        if is_counted && first_labels.is_none() && !matches!(neighbours, Neighbours::None) {
            *first_labels = batch.label_counts(&grouped, 0).map(|it| it.to_earlier());
        }
        if is_counted
            && following == Following::None
            && let Some(counts) = batch.label_counts(&grouped, batch.snapshots.len() - 1)
        {
            *labels = counts.largest(first_labels.as_ref());
        }
        let rows = table.find(&mut grouped);
        if let Some(cache) = cache.as_mut().filter(|_| following == Following::More) {
            for (grouped, rows) in grouped.iter().zip(&rows.of_groups) {
                if let Grouped::Full(counted) = grouped {
                    cache.insert(counted, rows);
                }
            }
        }
        let needed = batch.details_needed(&rows);
        let grouped = par_map(grouped.into_iter().zip(needed).collect(), |(grouped, needed)| match grouped {
            Grouped::Cached(counts) => Grouped::Cached(counts),
            Grouped::Full(counted) => Grouped::Full(counted.with_facts(|group| needed[group])),
        });
        let by = batch.by;
        let snapshots = batch.snapshots.into_iter().zip(heaps).zip(grouped).zip(rows.of_groups);
        table.add(snapshots, by, symbols, neighbours);
    }

    /// The columns so far.
    pub(super) fn columns(&self) -> &[Column] {
        self.table.columns()
    }

    /// Drops the columns for which `keep` is false, with the counts of the rows in them.
    pub(super) fn retain_columns(&mut self, keep: &[bool]) {
        self.table.retain_columns(keep);
    }

    /// The rows so far; the counts of each may end before the last column.
    pub(super) fn rows(&self) -> &[Row] {
        self.table.rows()
    }

    /// The series so far, as a copy.
    pub(super) fn aligned(&self) -> Aligned {
        let (columns, rows, cohorts) = self.table.copied();
        let (symbols, heap_calls, labels) =
            (self.symbols.clone(), self.heap_calls.clone(), self.labels.clone());
        Aligned { symbols, columns, rows, cohorts, heap_calls, labels }
    }

    fn finish(self) -> Aligned {
        let Aligner { symbols, table, heap_calls, labels, .. } = self;
        let (columns, rows, cohorts) = table.finish();
        Aligned { symbols, columns, rows, cohorts, heap_calls, labels }
    }
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
    use crate::model::Profile;
    use crate::model::Sample;
    use crate::model::Truncation;

    /// A snapshot of goroutines with these IDs, each in one of the functions `main.f0` to `main.f9`.
    fn snapshot(form: Form, all: &[(u64, Range<u64>)]) -> Snapshot {
        let mut profile = Profile::new(form, Kind::Goroutine);
        for (function, ids) in all {
            let function = profile.symbols.intern_function(&format!("main.f{function}"));
            let line = ids.start as u32;
            let frame = profile.stacks.intern_frame(Frame { function, file: FileId::NONE, line });
            let stack = profile.stacks.intern(&[frame], Truncation::default());
            let labels = profile.labels.intern(&[("first".into(), format!("{}", ids.start).into())]);
            profile.samples.push(Sample { stack, labels, count: ids.clone().count() as i64 });
            if form == Form::TRACEBACK {
                let one = |id| Goroutine { id, parent: None, minutes: None, waits_for: None };
                profile.goroutines.push(ids.clone().map(one).collect());
            }
        }
        Snapshot::from_profile(String::new(), profile)
    }

    /// The rows and columns of a series, after checking that they are the same in batches of any length.
    fn aligned(snapshots: &[Snapshot]) -> Aligned {
        let (by, filter) = (By::default(), Filter::default());
        let in_batches =
            |max_batch| align(snapshots.iter().cloned(), max_batch, &by, &filter, LabelCounting::Counted);
        let shown = |it: &Aligned| format!("{:?}", (&it.rows, &it.columns, &it.cohorts));
        let one = in_batches(1);
        for max_batch in 2..=snapshots.len() {
            assert_eq!(shown(&in_batches(max_batch)), shown(&one), "{max_batch} at a time");
        }
        one
    }

    #[test]
    fn batches_make_no_difference() {
        let (text, counts) = (Form::TRACEBACK, Form::PPROF);
        let cohort = |born, exited, survived| Cohort { born, exited, survived };
        let row = |Aligned { rows, cohorts, .. }: &Aligned, at: usize| {
            (rows[at].counts.clone(), cohorts[at].clone(), rows[at].facts.goroutines().ids())
        };
        let short = aligned(&[
            snapshot(counts, &[(0, 1..9), (1, 20..21)]),
            snapshot(text, &[(0, 1..9), (2, 30..33)]),
            snapshot(text, &[(0, 1..10), (1, 40..44)]),
            snapshot(text, &[]),
            snapshot(text, &[(2, 30..39), (3, 50..54), (0, 2..3)]),
            snapshot(counts, &[(3, 50..56), (4, 60..69)]),
            snapshot(counts, &[(0, 1..3)]),
            snapshot(text, &[(4, 60..61), (2, 30..35)]),
            snapshot(text, &[(4, 60..64), (5, 70..72), (2, 33..37)]),
        ]);
        assert_eq!((short.columns.len(), short.rows.len(), short.cohorts.len()), (9, 6, 6));
        let third = vec![cohort(0, 3, 0), cohort(0, 0, 0), cohort(9, 0, 0), cohort(2, 3, 2)];
        assert_eq!(row(&short, 2), (vec![0, 3, 0, 0, 9, 0, 0, 5, 4], third, (33..37).collect()));
        assert_eq!(short.rows[1].facts.common_labels().next(), Some(&("first".into(), "40".into())));
        // Most snapshots of a long series have only cached stacks.
        let long = (0..40u64).map(|at| {
            let form = if at % 13 == 12 { text } else { counts };
            let now_and_then = if at % 5 < 2 { 10 + at % 3..20 } else { 0..0 };
            snapshot(form, &[(0, 1..9 + at), (at % 3, 20..21 + at), (at / 9, 30..33), (6, now_and_then)])
        });
        assert_eq!(aligned(&long.collect::<Vec<_>>()).columns.len(), 40);
        // A step between snapshots without the row counts, too.
        let late = [&[][..], &[], &[(0, 1..3)], &[(0, 1..4)]].map(|all| snapshot(text, all));
        let steps = vec![cohort(0, 0, 0), cohort(2, 0, 0), cohort(1, 0, 2)];
        assert_eq!(row(&aligned(&late), 0), (vec![0, 0, 2, 3], steps, vec![1, 2, 3]));
    }
}

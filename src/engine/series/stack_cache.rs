//! Stacks of earlier snapshots with their rows. A snapshot that has only cached stacks needs no grouping: its samples are counted
//! straight into rows.

use crate::group::By;
use crate::group::GroupCounts;
use crate::model::LocationId;
use crate::model::Profile;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolMap;
use crate::storage::PrefixCursor;
use crate::storage::SliceInterner;

/// The cache is emptied when its stacks have more frames than this, because a long series may have new stacks all the time.
const MAX_FRAMES: usize = 4 << 20;

/// Stacks with more frames than this are not cached.
const MAX_STACK_FRAMES: usize = 4096;

/// Stacks by their frames, as frame ids of the series' [`SymbolTable`](crate::stacks::SymbolTable), and the row of each.
#[derive(Debug, Default)]
pub(super) struct StackCache {
    stacks: SliceInterner<u32>,
    /// The row of each stack, by the id that `stacks` gives it.
    rows: Vec<u32>,
    frames: usize,
}

/// The counts of a snapshot that has only cached stacks.
#[derive(Debug)]
pub(super) struct CachedCounts {
    /// Each row that it has, once, with its goroutines.
    pub(super) rows: Vec<(u32, i128)>,
    pub(super) total: i128,
}

impl StackCache {
    /// Whether a stack alone determines the row: groups differ by nothing else, and no filter drops samples or frames.
    pub(super) fn is_applicable(by: &By, filter: &Filter) -> bool {
        by.is_by_stack_alone() && filter.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds the stacks of a grouped snapshot. `rows` has the row of each of its groups.
    pub(super) fn insert(&mut self, counted: &GroupCounts<'_>, rows: &[u32]) {
        if self.frames > MAX_FRAMES {
            *self = StackCache::default();
        }
        each_stack(counted.profile(), counted.symbol_map(), |id, frames| {
            let row = counted.group_of(id).and_then(|group| rows.get(group));
            if let Some(row) = row.filter(|_| frames.len() <= MAX_STACK_FRAMES)
                && self.stacks.intern(frames) as usize == self.rows.len()
            {
                self.rows.push(*row);
                self.frames += frames.len();
            }
            self.frames <= MAX_FRAMES
        });
    }

    /// Counts the samples of a snapshot by row; `None` if one of its stacks is not cached, or if samples overlap.
    pub(super) fn counts(&self, snapshot: &Snapshot, symbols: &SnapshotSymbols) -> Option<CachedCounts> {
        let profile = &snapshot.counts;
        if profile.total_of_overlapping.is_some() {
            return None;
        }
        let mut row_of = Vec::with_capacity(profile.stacks.len());
        each_stack(profile, &symbols.counts, |_, frames| {
            let known = if frames.len() <= MAX_STACK_FRAMES { self.stacks.find(frames) } else { None };
            let row = known.and_then(|known| self.rows.get(known as usize));
            row_of.extend(row);
            row.is_some()
        });
        if row_of.len() < profile.stacks.len() {
            return None;
        }
        let rows_len = row_of.iter().max().map_or(0, |row| *row as usize + 1);
        let (mut slots, mut rows) = (vec![None; rows_len], Vec::new());
        for sample in profile.samples.iter() {
            let row = row_of[sample.stack.0 as usize];
            let slot = *slots[row as usize].get_or_insert(rows.len());
            match rows.get_mut(slot) {
                Some((_, count)) => *count += i128::from(sample.count),
                None => rows.push((row, i128::from(sample.count))),
            }
        }
        let total = rows.iter().map(|(_, count)| count).sum();
        Some(CachedCounts { rows, total })
    }
}

/// Calls `visit` with the frame ids of each stack, leaf first, until it returns `false`. Frames that a stack shares with the one before
/// are not decoded again.
fn each_stack(profile: &Profile, symbols: &SymbolMap, mut visit: impl FnMut(StackId, &[u32]) -> bool) {
    let (stacks, encoded) = (&profile.stacks, profile.stacks.encoded());
    // For each location of the current stack, the number of frames up to it.
    let mut cursor: PrefixCursor<'_, usize> = PrefixCursor::default();
    let mut frames: Vec<u32> = Vec::new();
    for id in (0..stacks.len() as u32).map(StackId) {
        cursor.advance_with_hint(encoded.get(id.0 as usize), stacks.common(id));
        frames.truncate(cursor.top().unwrap_or(0));
        let mut rest = cursor.remaining();
        while let Some((location, after)) = LocationId::read(rest) {
            let ids =
                stacks.frames_of(location).iter().filter_map(|frame| symbols.frames.get(frame.0 as usize));
            frames.extend(ids.map(|frame| frame.0));
            rest = after;
            cursor.push(rest, frames.len());
        }
        if !visit(id, &frames) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::count;
    use crate::group::merge_symbols;
    use crate::model::FileId;
    use crate::model::Form;
    use crate::model::Frame;
    use crate::model::Kind;
    use crate::model::LabelSetId;
    use crate::model::Sample;
    use crate::stacks::SymbolTable;

    /// A snapshot of stacks: the line of the one frame that each repeats, how often, and the number of goroutines.
    fn snapshot(stacks: &[(u32, usize, i64)]) -> Snapshot {
        let mut profile = Profile::new(Form::PPROF, Kind::Goroutine);
        let function = profile.symbols.intern_function("main.f[go.shape.int]");
        profile.stacks.add_location(&[]);
        for line in 1..=9 {
            let frame = profile.stacks.intern_frame(Frame { function, file: FileId::NONE, line });
            profile.stacks.add_location(&[frame]);
        }
        for (line, depth, count) in stacks {
            let stack = profile.stacks.push(std::iter::repeat_n(LocationId(*line), *depth));
            profile.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: *count });
        }
        Snapshot::from_profile(String::new(), profile)
    }

    #[test]
    fn snapshots_of_cached_stacks_are_counted() {
        let by = By { granularity: crate::stacks::Granularity::Lines, ..By::default() };
        let (filter, mut symbols, mut cache) =
            (Filter::default(), SymbolTable::default(), StackCache::default());
        assert!(StackCache::is_applicable(&by, &filter));
        let first = snapshot(&[(1, 1, 5), (2, MAX_STACK_FRAMES, 7), (2, 1, 1), (3, MAX_STACK_FRAMES + 1, 8)]);
        assert!(symbols.find(&first).is_none());
        let merged = merge_symbols(&mut symbols, &first, &by);
        // The rows of its three groups: recursion is collapsed.
        cache.insert(&count(&first, merged, &by, &filter, &symbols), &[10, 11, 12]);
        let check = |stacks: &[(u32, usize, i64)], expected: Option<(&[(u32, i128)], i128)>| {
            let snapshot = snapshot(stacks);
            let counts = cache.counts(&snapshot, &symbols.find(&snapshot).expect("all symbols are known"));
            assert_eq!(counts.as_ref().map(|it| (&*it.rows, it.total)), expected, "{stacks:?}");
        };
        check(&[], Some((&[], 0)));
        check(&[(2, 1, 3), (1, 1, -4), (2, MAX_STACK_FRAMES, 2), (2, 1, 1)], Some((&[(11, 6), (10, -4)], 2)));
        check(&[(1, 1, 1), (1, 2, 1)], None);
        check(&[(3, MAX_STACK_FRAMES + 1, 8)], None);
    }
}

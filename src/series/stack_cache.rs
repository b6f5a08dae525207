//! Stacks that were grouped before: of a moment that has no others, the groups are known without a look at what they tell.

use crate::model::LocationId;
use crate::model::Profile;
use crate::model::Snapshot;
use crate::model::StackId;
use crate::storage::PrefixCursor;
use crate::storage::SliceInterner;

use crate::group::By;
use crate::group::GroupCounts;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolMap;

/// So many frames of stacks are kept: a series of many moments may have ever other ones.
const MOST_FRAMES: usize = 4 << 20;

/// Stacks of more frames are not kept, and the moments that have one are grouped.
const LONGEST: usize = 4096;

/// Stacks by their frames, in numbers of [`SymbolTable`](super::Names), and the rows of a series that they belong to.
#[derive(Debug, Default)]
pub(super) struct StackCache {
    stacks: SliceInterner<u32>,
    /// Of each stack.
    rows: Vec<u32>,
    frames: usize,
}

/// The counts of a moment of which all stacks were known.
#[derive(Debug)]
pub(super) struct CachedCounts {
    /// The rows that it has, each once, and how many goroutines there are of each.
    pub rows: Vec<(u32, i128)>,
    /// How many goroutines there are in all.
    pub total: i128,
}

impl StackCache {
    /// Whether rows can be told from stacks alone: these are what is told apart, and all that there is counts.
    pub(super) fn tell_rows(by: &By, filter: &Filter) -> bool {
        by.is_by_stack_alone() && filter.is_empty()
    }

    /// Whether none was kept.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Keeps the stacks of a moment; `rows` are those of its groups.
    pub(super) fn learn(&mut self, counted: &GroupCounts<'_>, rows: &[u32]) {
        if self.frames > MOST_FRAMES {
            *self = StackCache::default();
        }
        each_stack(counted.profile(), counted.symbol_map(), |id, frames| {
            let row = counted.group_of(id).and_then(|group| rows.get(group));
            if let Some(row) = row.filter(|_| frames.len() <= LONGEST)
                && self.stacks.intern(frames) as usize == self.rows.len()
            {
                self.rows.push(*row);
                self.frames += frames.len();
            }
            self.frames <= MOST_FRAMES
        });
    }

    /// The counts of a moment; `None` if it has a stack that is not known.
    pub(super) fn count(&self, snapshot: &Snapshot, adopted: &SnapshotSymbols) -> Option<CachedCounts> {
        let profile = &snapshot.counts;
        let mut row_of = Vec::with_capacity(profile.stacks.len());
        each_stack(profile, &adopted.counts, |_, frames| {
            let known = if frames.len() <= LONGEST { self.stacks.find(frames) } else { None };
            let row = known.and_then(|known| self.rows.get(known as usize));
            row_of.extend(row);
            row.is_some()
        });
        if row_of.len() < profile.stacks.len() {
            return None;
        }
        let most = row_of.iter().max().map_or(0, |row| *row as usize + 1);
        let (mut places, mut rows) = (vec![None; most], Vec::new());
        let mut total = 0;
        for sample in profile.samples.iter() {
            let row = row_of[sample.stack.0 as usize];
            let place = *places[row as usize].get_or_insert(rows.len());
            match rows.get_mut(place) {
                Some((_, count)) => *count += i128::from(sample.count),
                None => rows.push((row, i128::from(sample.count))),
            }
            total += i128::from(sample.count);
        }
        Some(CachedCounts { rows, total })
    }
}

/// Calls `see` with the frames of each stack, leaf first, in numbers of [`SymbolTable`](super::Names), until it says that this is enough.
fn each_stack(profile: &Profile, adopted: &SymbolMap, mut see: impl FnMut(StackId, &[u32]) -> bool) {
    let (stacks, encoded) = (&profile.stacks, profile.stacks.encoded());
    // The stack that was looked at last, and how many frames it had behind each of its call sites.
    let mut cursor: PrefixCursor<'_, usize> = PrefixCursor::default();
    let mut frames: Vec<u32> = Vec::new();
    for id in (0..stacks.len() as u32).map(StackId) {
        let own = encoded.get(id.0 as usize);
        cursor.advance_with_hint(own, stacks.common(id));
        frames.truncate(cursor.top().unwrap_or(0));
        let mut rest = cursor.remaining();
        while let Some((location, after)) = LocationId::read(rest) {
            let known =
                stacks.frames_of(location).iter().filter_map(|frame| adopted.frames.get(frame.0 as usize));
            frames.extend(known.map(|frame| frame.0));
            rest = after;
            cursor.push(rest, frames.len());
        }
        if !see(id, &frames) {
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

    /// A moment of stacks: the number of a frame in each, how often it stands there, and how many goroutines there are.
    fn snapshot(stacks: &[(u32, usize, i64)]) -> Snapshot {
        let mut profile = Profile::new(Form::Pprof, Kind::Goroutine);
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
    fn stacks_are_known_by_their_frames() {
        let by = By { granularity: crate::stacks::Granularity::Lines, ..By::default() };
        let (filter, mut names, mut known) =
            (Filter::default(), SymbolTable::default(), StackCache::default());
        assert!(StackCache::tell_rows(&by, &filter));
        let first = snapshot(&[(1, 1, 5), (2, LONGEST, 7), (2, 1, 1), (3, LONGEST + 1, 8)]);
        assert!(names.find(&first).is_none());
        let adopted = merge_symbols(&mut names, &first, &by);
        // The rows of its three groups: recursion is folded.
        known.learn(&count(&first, adopted, &by, &filter, &names), &[10, 11, 12]);
        let check = |stacks: &[(u32, usize, i64)], expected: Option<(&[(u32, i128)], i128)>| {
            let snapshot = snapshot(stacks);
            let adopted = names.find(&snapshot).expect("all names are known");
            let counts = known.count(&snapshot, &adopted);
            let is = counts.as_ref().map(|it| (it.rows.as_slice(), it.total));
            assert_eq!(is, expected, "{stacks:?}");
        };
        check(&[], Some((&[], 0)));
        check(&[(2, 1, 3), (1, 1, -4), (2, LONGEST, 2), (2, 1, 1)], Some((&[(11, 6), (10, -4)], 2)));
        check(&[(1, 1, 1), (1, 2, 1)], None);
        check(&[(3, LONGEST + 1, 8)], None);
    }
}

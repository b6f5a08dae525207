//! Frames, locations and stacks.

use std::collections::HashMap;
use std::sync::Arc;

use crate::storage::HashIndex;
use crate::storage::InflateBuffer;
use crate::storage::Interner;
use crate::storage::StackArena;
use crate::storage::StackArenaView;
use crate::storage::split_common_prefix;
use crate::storage::varint;

use super::FileId;
use super::FunctionId;

/// The id of a stack in its [`StackTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StackId(pub u32);

/// The id of a frame in its [`StackTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// The id of a location in its [`StackTable`].
///
/// A location is a call site, as in pprof: it has one frame, or several if calls were inlined there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocationId(pub u32);

/// One call: a function, and the source line that it has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    /// The function, as Go writes it.
    pub function: FunctionId,
    /// The source file; [`FileId::NONE`] if unknown.
    pub file: FileId,
    /// The line in that file, from 1; 0 if unknown.
    pub line: u32,
}

impl Frame {
    /// The frame of an id that no table gave. Its function has no name.
    pub(crate) const UNKNOWN: Frame = Frame { function: FunctionId(u32::MAX), file: FileId::NONE, line: 0 };
}

/// The part of a stack that Go did not record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Truncation {
    /// Go dropped the outermost frames, so the last frame is not the goroutine's entry.
    pub cut: bool,
    /// Go elided frames in the middle: the number of frames before the gap. `None` if it elided none.
    pub elided_after: Option<u32>,
}

/// The stacks of a profile, leaf first.
///
/// Frames are interned. A stack is stored as the varint-encoded ids of its locations, just as the protobuf form writes it, so
/// that a decoder can leave it where it is in the profile's bytes.
///
/// A text decoder fills a table with [`StackTable::intern`]; then each frame is a location of its own. The protobuf decoder uses
/// [`StackTable::add_location`] and [`StackTable::push`]. The two must not be mixed in one table.
#[derive(Clone, Debug, Default)]
pub struct StackTable {
    frames: Interner<Frame>,
    locations: Vec<LocationFrames>,
    /// The frames of all locations that have several.
    inlined: Vec<FrameId>,
    arena: StackArena,
    /// Only the stacks that lack a part.
    truncations: HashMap<StackId, Truncation, rustc_hash::FxBuildHasher>,
    /// Finds the stacks that were interned.
    index: HashIndex,
    scratch: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum LocationFrames {
    One(FrameId),
    /// A range of [`StackTable::inlined`].
    Inlined(u32, u32),
}

impl StackTable {
    /// The id of a frame; adds the frame if it is new.
    pub fn intern_frame(&mut self, frame: Frame) -> FrameId {
        FrameId(self.frames.intern(frame))
    }

    /// The id of the stack with these frames and this truncation; adds the stack if it is new. Only stacks that were
    /// interned are found again.
    pub fn intern(&mut self, frames: &[FrameId], truncation: Truncation) -> StackId {
        // In an interned table the location of a frame has the frame's own id.
        while self.locations.len() < self.frames.all().len() {
            self.locations.push(LocationFrames::One(FrameId(self.locations.len() as u32)));
        }
        self.scratch.clear();
        for FrameId(id) in frames {
            varint::write(u64::from(*id), &mut self.scratch);
        }
        let StackTable { arena, truncations, index, scratch, .. } = self;
        let truncation_of = |id: StackId| truncations.get(&id).copied().unwrap_or_default();
        let tag = index.tag((scratch.as_slice(), truncation));
        let is_same =
            |id: u32| truncation_of(StackId(id)) == truncation && arena.get(id as usize) == *scratch;
        if let Some(id) = index.find(tag, is_same) {
            return StackId(id);
        }
        let id = StackId(u32::try_from(arena.len()).unwrap_or(u32::MAX));
        index.insert(tag, id.0);
        arena.push(scratch);
        if truncation != Truncation::default() {
            truncations.insert(id, truncation);
        }
        id
    }

    /// Reserves capacity for `locations` more locations of one frame each.
    pub(crate) fn reserve_locations(&mut self, locations: usize) {
        self.locations.reserve(locations);
        self.frames.reserve(locations);
    }

    /// Adds a location with these frames, innermost first. Its id is the number of locations that were added before.
    pub fn add_location(&mut self, frames: &[FrameId]) {
        let start = self.inlined.len() as u32;
        self.locations.push(match frames {
            [frame] => LocationFrames::One(*frame),
            several => {
                self.inlined.extend_from_slice(several);
                LocationFrames::Inlined(start, self.inlined.len() as u32)
            }
        });
    }

    /// An empty table with capacity for `stacks` stacks, some of which may stay in `buffer`, the bytes of the profile.
    pub(crate) fn with_buffer(buffer: Arc<InflateBuffer>, stacks: usize) -> Self {
        StackTable { arena: StackArena::with_buffer(buffer, stacks), ..StackTable::default() }
    }

    /// Adds a stack without looking for an equal one: the caller already knows that it is new.
    pub fn push(&mut self, locations: impl Iterator<Item = LocationId>) -> StackId {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        locations.for_each(|location| varint::write(u64::from(location.0), &mut scratch));
        let id = self.push_encoded(&scratch);
        self.scratch = scratch;
        id
    }

    /// Like [`StackTable::push`], for location ids that are varint-encoded already, each in at most five bytes.
    pub fn push_encoded(&mut self, locations: &[u8]) -> StackId {
        self.arena.push(locations);
        self.last()
    }

    /// Like [`StackTable::push_encoded`], for a stack that stays in the profile's buffer. Its length prefix is at `start`;
    /// `length` is the number of bytes after the prefix, and `common` a lower bound of the locations, counted from the leaf, that it shares with the
    /// previous stack.
    #[inline]
    pub(crate) fn push_in_buffer(&mut self, start: usize, length: usize, common: usize) -> StackId {
        self.arena.push_in_buffer(start, length, common);
        self.last()
    }

    fn last(&self) -> StackId {
        StackId(u32::try_from(self.arena.len() - 1).unwrap_or(u32::MAX))
    }

    /// Appends the stacks of another table, whose location ids must be those of this one. Returns the offset that was added to their ids.
    pub fn append(&mut self, other: StackTable) -> u32 {
        let offset = self.arena.len() as u32;
        self.arena.append(other.arena);
        offset
    }

    /// Releases the profile's buffer if stacks are less than half of it.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.arena.shrink_to_fit();
    }

    /// Records that Go dropped the outermost frames of a stack that was pushed.
    pub fn mark_cut(&mut self, id: StackId) {
        self.truncations.entry(id).or_default().cut = true;
    }

    /// The frames of a stack, leaf first; none if the id is not from this table.
    pub fn frames(&self, id: StackId) -> impl Iterator<Item = Frame> + Clone {
        self.frame_ids(id).map(|id| self.frame(id))
    }

    /// The encoded location ids of the stacks, leaf first.
    #[inline]
    pub(crate) fn encoded(&self) -> StackArenaView<'_> {
        self.arena.view()
    }

    /// A lower bound of the locations, counted from the leaf, that a stack shares with the previous one; `None` if they are
    /// too many to be stored.
    #[inline]
    pub(crate) fn common(&self, id: StackId) -> Option<usize> {
        self.arena.common(id.0 as usize)
    }

    /// The frames of a location, innermost first; none if the id is not from this table.
    pub fn frames_of(&self, location: LocationId) -> &[FrameId] {
        match self.locations.get(location.0 as usize) {
            Some(LocationFrames::One(frame)) => std::slice::from_ref(frame),
            Some(LocationFrames::Inlined(start, end)) => {
                self.inlined.get(*start as usize..*end as usize).unwrap_or(&[])
            }
            None => &[],
        }
    }

    /// The ids of a stack's frames, leaf first; none if the id is not from this table.
    pub fn frame_ids(&self, id: StackId) -> impl Iterator<Item = FrameId> + Clone {
        self.frames_in(self.arena.get(id.0 as usize))
    }

    fn frames_in<'a>(&'a self, encoded: &'a [u8]) -> FrameIds<'a> {
        FrameIds { table: self, encoded, inlined: &[] }
    }

    /// Whether a stack has no frame: Go could not walk it, or the input lost it.
    pub fn is_frameless(&self, id: StackId) -> bool {
        self.arena.get(id.0 as usize).is_empty()
    }

    /// The frames of two stacks after the prefix, counted from the leaf, that both share. The shared part that is skipped
    /// may be shorter than the longest common prefix.
    pub fn frame_ids_apart(
        &self,
        one: StackId,
        other: StackId,
    ) -> (impl Iterator<Item = FrameId>, impl Iterator<Item = FrameId>) {
        let stacks = self.arena.view();
        let (one, other) = split_common_prefix(stacks.get(one.0 as usize), stacks.get(other.0 as usize));
        (self.frames_in(one), self.frames_in(other))
    }

    /// The frame of an id that this table gave.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.frames.all().get(id.0 as usize).copied().unwrap_or(Frame::UNKNOWN)
    }

    /// All distinct frames, ordered by id.
    pub fn all_frames(&self) -> &[Frame] {
        self.frames.all()
    }

    /// The part of a stack that Go did not record.
    pub fn truncation(&self, id: StackId) -> Truncation {
        // Most tables have no truncated stack at all.
        if self.truncations.is_empty() {
            return Truncation::default();
        }
        self.truncations.get(&id).copied().unwrap_or_default()
    }

    /// An estimate of the memory that the table uses, in bytes.
    pub fn heap_size(&self) -> usize {
        self.arena.heap_size() + 4 * size_of_val(self.frames.all())
    }

    /// The number of stacks; their ids are `0..len`.
    pub fn len(&self) -> usize {
        self.arena.len()
    }

    /// Whether there is no stack.
    pub fn is_empty(&self) -> bool {
        self.arena.len() == 0
    }
}

impl LocationId {
    /// Reads an encoded location id, and the bytes after it; `None` at the end of the stack.
    #[inline]
    pub(crate) fn read(encoded: &[u8]) -> Option<(LocationId, &[u8])> {
        let (id, rest) = varint::read_u32(encoded)?;
        Some((LocationId(id), rest))
    }
}

#[derive(Clone)]
struct FrameIds<'a> {
    table: &'a StackTable,
    encoded: &'a [u8],
    /// The remaining frames of a location that has several.
    inlined: &'a [FrameId],
}

impl Iterator for FrameIds<'_> {
    type Item = FrameId;

    #[inline]
    fn next(&mut self) -> Option<FrameId> {
        loop {
            if let Some((&frame, rest)) = self.inlined.split_first() {
                self.inlined = rest;
                return Some(frame);
            }
            let (location, rest) = LocationId::read(self.encoded)?;
            self.encoded = rest;
            self.inlined = self.table.frames_of(location);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_come_back() {
        let mut table = StackTable::default();
        let frame = |n: u32| Frame { function: FunctionId(n), file: FileId::NONE, line: n };
        let all: Vec<Frame> = (0..20_000).map(frame).collect();
        let mut pushed = StackTable::default();
        let ids: Vec<FrameId> = all.iter().map(|frame| pushed.intern_frame(*frame)).collect();
        pushed.add_location(&ids[..3]);
        pushed.add_location(&ids[300..301]);
        let inlined = pushed.push([LocationId(1), LocationId(0)].into_iter());
        assert!(pushed.frames(inlined).map(|frame| frame.line).eq([300, 0, 1, 2]));
        let cut = Truncation { cut: true, elided_after: None };
        let all_ids: Vec<FrameId> = all.iter().map(|frame| table.intern_frame(*frame)).collect();
        let whole = table.intern(&all_ids, Truncation::default());
        let none = table.intern(&[], Truncation::default());
        let part = table.intern(&all_ids[..200], cut);
        assert_eq!(table.intern(&all_ids, Truncation::default()), whole);
        assert_eq!(table.intern(&all_ids[..200], cut), part);
        assert_ne!(table.intern(&all_ids[..200], Truncation::default()), part);
        assert!(table.frames(whole).eq(all.iter().copied()));
        assert!(table.frames(part).eq(all[..200].iter().copied()));
        assert_eq!(table.frames(none).count(), 0);
        assert_eq!((table.truncation(part), table.truncation(whole)), (cut, Truncation::default()));
    }
}

//! Location ids of samples to stacks.

use std::hash::BuildHasher;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::super::DecodeError;
use super::super::Limits;
use super::index::ProfileIndex;
use super::index::frames_of;
use super::index::too_many;
use super::locations::Locations;
use super::sample::RawSample;
use crate::model::LocationId;
use crate::model::StackId;
use crate::model::StackTable;
use crate::storage::PrefixCursor;

/// So many different stacks are looked for in any case.
const LOOK_FOR: usize = 1024;

/// So many locations Go kept of a stack at the least.
const LEAST_CUT: usize = 32;

/// So many frames are counted before all parts hear of them.
const COUNTED_AT_ONCE: usize = 1 << 16;

/// Turns the location ids of samples into stacks.
pub(super) struct StackDecoder<'l, 'a> {
    locations: &'l Locations,
    /// The stacks, in sites of another table.
    pub(super) stacks: StackTable,
    /// Whether they can be left in the bytes of the profile.
    keeps_buffer: bool,
    /// Stacks by the bytes of their location ids, as which they are written.
    known: HashTable<StackId>,
    /// Those that are written otherwise.
    rewritten: HashTable<(&'a [u8], StackId)>,
    /// How often a stack was found there.
    found: usize,
    /// The one that was looked for last: Go writes samples in the order of their stacks.
    last: Option<(&'a [u8], StackId)>,
    hasher: RandomState,
    /// The stack that was read last, and how many frames it had behind each of its sites.
    seen: PrefixCursor<'a, usize>,
    /// Stacks of so many locations that Go may have cut them, and how many: what its own limit counts.
    pub(super) deep: Vec<(StackId, u32)>,
    room: Vec<LocationId>,
    /// How many frames the deepest stack has.
    pub(super) deepest: usize,
    /// Frames that were not put to those of all stacks.
    uncounted: usize,
    /// Frames of all stacks of the profile, whoever reads them.
    total_frames: &'l AtomicUsize,
}

impl<'l, 'a> StackDecoder<'l, 'a> {
    pub(super) fn new(
        tables: &ProfileIndex<'a>,
        samples: usize,
        locations: &'l Locations,
        total_frames: &'l AtomicUsize,
    ) -> Self {
        StackDecoder {
            locations,
            stacks: StackTable::with_buffer(tables.buffer.clone(), samples),
            keeps_buffer: !tables.buffer.is_empty(),
            known: HashTable::with_capacity(samples.min(LOOK_FOR)),
            rewritten: HashTable::default(),
            found: 0,
            last: None,
            hasher: RandomState::default(),
            seen: PrefixCursor::default(),
            deep: Vec::new(),
            room: Vec::new(),
            deepest: 0,
            uncounted: 0,
            total_frames,
        }
    }

    /// The stack of a sample.
    pub(super) fn stack(
        &mut self,
        index: usize,
        sample: &RawSample<'a>,
        limits: &Limits,
    ) -> Result<StackId, DecodeError> {
        let Some(bytes) = sample.packed() else { return self.one_by_one(index, sample, limits) };
        // Where nearly every sample has a stack of its own, looking for it costs more than a second copy would.
        let known = self.known.len() + self.rewritten.len();
        if known >= LOOK_FOR && self.found <= known / 4 {
            return self.take(index, sample, bytes, limits);
        }
        if let Some((last, id)) = self.last
            && last == bytes
        {
            self.found += 1;
            return Ok(id);
        }
        let hash = self.hasher.hash_one(bytes);
        let id = match self.find(hash, bytes) {
            Some(id) => {
                self.found += 1;
                id
            }
            None => {
                let id = self.take(index, sample, bytes, limits)?;
                self.remember(hash, bytes, id);
                id
            }
        };
        self.last = Some((bytes, id));
        Ok(id)
    }

    fn find(&self, hash: u64, bytes: &[u8]) -> Option<StackId> {
        let encoded = self.stacks.encoded();
        let as_written = self.known.find(hash, |id| encoded.get(id.0 as usize) == bytes).copied();
        as_written.or_else(|| self.rewritten.find(hash, |(known, _)| *known == bytes).map(|(_, id)| *id))
    }

    fn remember(&mut self, hash: u64, bytes: &'a [u8], id: StackId) {
        let StackDecoder { stacks, known, rewritten, hasher, .. } = self;
        let encoded = stacks.encoded();
        if encoded.get(id.0 as usize) == bytes {
            known.insert_unique(hash, id, |id| hasher.hash_one(encoded.get(id.0 as usize)));
        } else {
            rewritten.insert_unique(hash, (bytes, id), |(known, _)| hasher.hash_one(known));
        }
    }

    /// The stack of a sample whose location ids are these bytes, taken in without a look at others.
    #[inline]
    fn take(
        &mut self,
        index: usize,
        sample: &RawSample<'a>,
        bytes: &'a [u8],
        limits: &Limits,
    ) -> Result<StackId, DecodeError> {
        let Some((frames, common)) = self.locations.as_locations(bytes, &mut self.seen) else {
            return self.one_by_one(index, sample, limits);
        };
        let id = match sample.length_at().filter(|_| self.keeps_buffer) {
            Some(start) => self.stacks.push_in_buffer(start, bytes.len(), common),
            None => self.stacks.push_encoded(bytes),
        };
        self.count(index, id, self.seen.depth(), frames, limits)?;
        Ok(id)
    }

    /// Looks at the stack of a sample that is not wanted.
    pub(super) fn pass_over(
        &self,
        index: usize,
        sample: &RawSample<'a>,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        let mut depth = 0;
        for id in sample.ids() {
            id.map_err(|error| error.inside(|| format!("sample[{index}]")))?;
            depth += 1;
        }
        limits.check_depth(depth, || frames_of(index))
    }

    /// A stack whose ids are each looked up.
    fn one_by_one(
        &mut self,
        index: usize,
        sample: &RawSample<'a>,
        limits: &Limits,
    ) -> Result<StackId, DecodeError> {
        self.room.clear();
        // What comes next follows a stack that was not looked at as written.
        self.seen = PrefixCursor::default();
        for (depth, id) in sample.ids().enumerate() {
            let id = id.map_err(|error| error.inside(|| format!("sample[{index}]")))?;
            let Some(location) = self.locations.location(id) else {
                let place = format!("sample[{index}].location_id[{depth}]");
                return Err(DecodeError::Invalid {
                    place,
                    fault: format!("location {id} is not in the table"),
                });
            };
            self.room.push(location);
        }
        let frames = self.room.iter().map(|location| self.locations.frames(*location)).sum();
        let id = self.stacks.push(self.room.iter().copied());
        self.count(index, id, self.room.len(), frames, limits)?;
        Ok(id)
    }

    #[inline]
    fn count(
        &mut self,
        index: usize,
        stack: StackId,
        depth: usize,
        frames: usize,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        limits.check_depth(depth, || frames_of(index))?;
        if depth >= LEAST_CUT {
            self.deep.push((stack, u32::try_from(depth).unwrap_or(u32::MAX)));
        }
        self.deepest = self.deepest.max(frames);
        self.uncounted += frames;
        if self.uncounted > COUNTED_AT_ONCE { self.count_all(limits) } else { Ok(()) }
    }

    /// Puts the frames to those of all stacks, and holds these against the limits.
    pub(super) fn count_all(&mut self, limits: &Limits) -> Result<(), DecodeError> {
        let frames = std::mem::take(&mut self.uncounted);
        let all = self.total_frames.fetch_add(frames, Ordering::Relaxed).saturating_add(frames);
        if all > limits.max_frames {
            return Err(too_many("frames of all stacks", limits.max_frames as u64, "--max-frames"));
        }
        // Each part has its own; a frame is a number of some bytes.
        limits.check_memory(all.saturating_mul(size_of::<u32>()) as u64)
    }
}

//! Turns the location ids of samples into stacks.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use rustc_hash::FxBuildHasher;

use super::super::DecodeError;
use super::super::Limits;
use super::super::limits::check_limit;
use super::fast_path::RawSample;
use super::index::ProfileIndex;
use super::index::frames_of;
use super::locations::Locations;
use crate::model::LocationId;
use crate::model::StackId;
use crate::model::StackTable;
use crate::storage::HashIndex;
use crate::storage::PrefixCursor;
use crate::switches::Mechanism;

/// The smallest limit on the locations of a stack that a version of Go has.
const MIN_GO_DEPTH_LIMIT: usize = 32;

/// Frames that a thread counts by itself before it adds them to the total of all threads.
const FRAMES_PER_FLUSH: usize = 1 << 16;

/// The number of distinct values after which the hit rate is trusted.
pub(super) const MIN_MISSES: usize = 1024;

/// Hits and misses of lookups that deduplicate stacks or label sets.
///
/// If nearly every sample has a value of its own, hashing and comparing cost more than the few copies that they save.
#[derive(Debug, Default)]
pub(super) struct Dedup {
    hits: usize,
    misses: usize,
}

impl Dedup {
    pub(super) fn record_hit(&mut self) {
        self.hits += 1;
    }

    pub(super) fn record_miss(&mut self) {
        self.misses += 1;
    }

    /// Whether values should still be looked up: so far fewer than [`MIN_MISSES`] were distinct, or one in five was a
    /// hit.
    #[inline]
    pub(super) fn pays(&self) -> bool {
        self.misses < MIN_MISSES || self.hits > self.misses / 4
    }
}

/// Reads the stacks of samples. A stack that is repeated is stored once, as long as [`Dedup::pays`].
pub(super) struct StackDecoder<'l, 'a> {
    limits: &'a Limits,
    locations: &'l Locations,
    /// The stacks so far. Their location ids are those of the profile's main table.
    pub(super) stacks: StackTable,
    /// Whether stacks can stay in the profile's buffer.
    keeps_buffer: bool,
    /// Finds a stack by the bytes of its location ids in the profile.
    index: HashIndex,
    /// Those bytes, of stacks that are stored with other bytes: the profile numbers its locations in another way than
    /// Go, or pads varints.
    rewritten: HashMap<StackId, &'a [u8], FxBuildHasher>,
    dedup: Dedup,
    /// The previous stack and its bytes: Go sorts samples by stack.
    last: Option<(&'a [u8], StackId)>,
    /// The last stack that was added, and the number of frames up to each of its locations.
    cursor: PrefixCursor<'a, usize>,
    /// The stacks that Go may have cut, and their number of locations, which is what Go limits.
    pub(super) maybe_cut: Vec<(StackId, u32)>,
    scratch: Vec<LocationId>,
    pub(super) deepest: usize,
    /// Frames that were not added to `total_frames` yet.
    unflushed_frames: usize,
    /// The frames of all stacks of the profile, over all threads.
    total_frames: &'l AtomicUsize,
}

impl<'l, 'a> StackDecoder<'l, 'a> {
    pub(super) fn new(
        profile: &ProfileIndex<'a>,
        samples: usize,
        locations: &'l Locations,
        total_frames: &'l AtomicUsize,
    ) -> Self {
        let mut index = HashIndex::default();
        index.reserve(samples.min(MIN_MISSES));
        StackDecoder {
            limits: profile.limits,
            locations,
            stacks: StackTable::with_buffer(profile.buffer.clone(), samples),
            keeps_buffer: !profile.buffer.is_empty() && Mechanism::StacksInBuffer.is_on(),
            index,
            rewritten: HashMap::default(),
            dedup: Dedup::default(),
            last: None,
            cursor: PrefixCursor::default(),
            maybe_cut: Vec::new(),
            scratch: Vec::new(),
            deepest: 0,
            unflushed_frames: 0,
            total_frames,
        }
    }

    pub(super) fn decode(&mut self, index: usize, sample: &RawSample<'a>) -> Result<StackId, DecodeError> {
        let Some(ids) = sample.packed_ids.filter(|_| self.dedup.pays()) else {
            return self.push(index, sample);
        };
        if let Some((last, id)) = self.last
            && last == ids.bytes
        {
            self.dedup.record_hit();
            return Ok(id);
        }
        let tag = self.index.tag(ids.bytes);
        let id = match self.index.find(tag, |id| self.bytes_in_profile(StackId(id)) == ids.bytes) {
            Some(id) => {
                self.dedup.record_hit();
                StackId(id)
            }
            None => {
                let id = self.push(index, sample)?;
                self.dedup.record_miss();
                self.index.insert(tag, id.0);
                if self.stacks.encoded().get(id.0 as usize) != ids.bytes {
                    self.rewritten.insert(id, ids.bytes);
                }
                id
            }
        };
        self.last = Some((ids.bytes, id));
        Ok(id)
    }

    fn bytes_in_profile(&self, id: StackId) -> &[u8] {
        let rewritten = self.rewritten.get(&id).copied();
        rewritten.unwrap_or_else(|| self.stacks.encoded().get(id.0 as usize))
    }

    #[inline]
    fn push(&mut self, index: usize, sample: &RawSample<'a>) -> Result<StackId, DecodeError> {
        let Some(ids) = sample.packed_ids else { return self.push_rewritten(index, sample) };
        let Some((frames, common)) = self.locations.count_frames(ids.bytes, &mut self.cursor) else {
            return self.push_rewritten(index, sample);
        };
        // A length prefix of more than two bytes is padded, or belongs to a stack so long that a copy does not matter.
        let id = if self.keeps_buffer && ids.start - ids.length_at <= 2 {
            self.stacks.push_in_buffer(ids.length_at, ids.bytes.len(), common)
        } else {
            self.stacks.push_encoded(ids.bytes)
        };
        self.record(index, id, self.cursor.depth(), frames)?;
        Ok(id)
    }

    /// Adds a stack whose location ids are looked up one by one and written anew.
    fn push_rewritten(&mut self, index: usize, sample: &RawSample<'a>) -> Result<StackId, DecodeError> {
        self.scratch.clear();
        // The next stack follows one that the cursor did not visit.
        self.cursor = PrefixCursor::default();
        for (depth, id) in sample.ids().enumerate() {
            let id = id.map_err(|error| error.inside(|| format!("sample[{index}]")))?;
            let Some(location) = self.locations.find(id) else {
                let place = format!("sample[{index}].location_id[{depth}]");
                return Err(DecodeError::invalid(place, format!("location {id} is not in the table")));
            };
            self.scratch.push(location);
        }
        let frames = self.scratch.iter().map(|location| self.locations.frames(*location)).sum();
        let id = self.stacks.push(self.scratch.iter().copied());
        self.record(index, id, self.scratch.len(), frames)?;
        Ok(id)
    }

    pub(super) fn check_uncounted(&self, index: usize, sample: &RawSample<'a>) -> Result<(), DecodeError> {
        let mut depth = 0;
        for id in sample.ids() {
            id.map_err(|error| error.inside(|| format!("sample[{index}]")))?;
            depth += 1;
        }
        self.limits.check_depth(depth, || frames_of(index))
    }

    #[inline]
    fn record(&mut self, index: usize, id: StackId, depth: usize, frames: usize) -> Result<(), DecodeError> {
        self.limits.check_depth(depth, || frames_of(index))?;
        if depth >= MIN_GO_DEPTH_LIMIT {
            self.maybe_cut.push((id, u32::try_from(depth).unwrap_or(u32::MAX)));
        }
        self.deepest = self.deepest.max(frames);
        self.unflushed_frames += frames;
        if self.unflushed_frames > FRAMES_PER_FLUSH { self.flush_frame_count() } else { Ok(()) }
    }

    /// Adds the frames to those of all threads and checks the limits.
    pub(super) fn flush_frame_count(&mut self) -> Result<(), DecodeError> {
        let frames = std::mem::take(&mut self.unflushed_frames);
        let total = self.total_frames.fetch_add(frames, Ordering::Relaxed).saturating_add(frames);
        check_limit(total as u64, self.limits.max_frames as u64, || "frames of all stacks", "--max-frames")?;
        self.limits.check_memory(total.saturating_mul(size_of::<u32>()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups_pay_while_few_are_distinct_or_many_are_found() {
        let pays = |hits, misses| Dedup { hits, misses }.pays();
        assert!(pays(0, MIN_MISSES - 1) && !pays(0, MIN_MISSES));
        assert!(pays(MIN_MISSES / 4 + 1, MIN_MISSES) && !pays(MIN_MISSES / 4, MIN_MISSES));
    }
}

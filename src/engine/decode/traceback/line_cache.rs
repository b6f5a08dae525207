//! A cache of parsed lines, by their text: a traceback repeats the same few thousand lines.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use super::assemble::Assembler;
use super::assemble::CachedCall;
use super::assemble::CachedLocation;
use super::frame;
use super::header;
use super::header::Certainty;
use super::header::Header;
use crate::decode::DecodeError;
use crate::decode::text::Line;
use crate::model::StateId;
use crate::storage::StringInterner;
use crate::switches::Mechanism;

/// The maximum number of cached lines of a kind. Further lines are parsed each time.
const CAPACITY: usize = 1 << 16;

#[derive(Default)]
pub(super) struct LineCache {
    locations: CachedLines<CachedLocation>,
    calls: CachedLines<CachedCall>,
    headers: CachedLines<(Option<StateId>, Option<u32>)>,
    /// The ids of the last location and of the last call.
    last: (u32, u32),
    predictor: NextFramePredictor,
    /// The slot of the frame that is being read, if its prediction was wrong: its location is to be learned.
    mispredicted: Option<usize>,
}

/// Predicts the location of a frame from the previous location and the last bytes of the function's name.
#[derive(Default)]
struct NextFramePredictor {
    /// Ids of locations, by slot. Empty before the first is learned.
    locations: Vec<u32>,
}

impl NextFramePredictor {
    /// The number of slots. Few enough to stay in the processor's cache.
    const SLOTS: usize = 1 << 12;

    /// The slot of the function at the start of `text`, and the location that followed the last time. `None` if there
    /// is no function with arguments.
    #[inline]
    fn predict(&self, previous_location: u32, text: &[u8]) -> Option<(usize, Option<u32>)> {
        let open = memchr::memchr2(b'(', b'\n', text)?;
        let word = |from: usize| text.get(from..from + 8)?.first_chunk().map(|it| u64::from_le_bytes(*it));
        let name = word(open.saturating_sub(8))?;
        // The first bracket holds either the receiver's type or the arguments.
        let receiver = if text.get(open + 1) == Some(&b'*') { word(open + 2)? } else { 0 };
        let slot = FxBuildHasher.hash_one((previous_location, name, receiver)) as usize % Self::SLOTS;
        Some((slot, self.locations.get(slot).copied()))
    }

    fn learn(&mut self, slot: usize, location: u32) {
        self.locations.resize(Self::SLOTS, 0);
        if let Some(known) = self.locations.get_mut(slot) {
            *known = location;
        }
    }
}

struct CachedLines<T> {
    texts: StringInterner,
    values: Vec<T>,
}

impl<T> Default for CachedLines<T> {
    fn default() -> Self {
        CachedLines { texts: StringInterner::default(), values: Vec::new() }
    }
}

impl<T> CachedLines<T> {
    fn find(&mut self, text: &str) -> Option<(u32, &mut T)> {
        let id = if Mechanism::LineCache.is_on() { self.texts.find(text)? } else { return None };
        Some((id, self.values.get_mut(id as usize)?))
    }

    fn insert(&mut self, text: &str, value: T) {
        if self.values.len() < CAPACITY {
            self.texts.intern(text);
            self.values.push(value);
        }
    }
}

impl LineCache {
    /// Reads a function and its location, the first two lines of `rest`, if they are the predicted ones. Returns the
    /// text after them.
    #[inline]
    pub(super) fn read_predicted<'t>(
        &mut self,
        rest: &'t str,
        assembler: &mut Assembler<'_>,
    ) -> Option<&'t str> {
        if rest.starts_with('\t') || !Mechanism::FramePrediction.is_on() || !Mechanism::LineCache.is_on() {
            // The location of a function that was mispredicted.
            return None;
        }
        let max_line = assembler.limits.max_line;
        let LineCache { locations, calls, last, predictor, mispredicted, .. } = self;
        let prediction = predictor.predict(last.0, rest.as_bytes());
        *mispredicted = prediction.map(|(slot, _)| slot);
        let predicted = prediction?.1?;
        let location = locations.values.get_mut(predicted as usize)?;
        let (call_id, call) = (location.call, *calls.values.get(location.call as usize)?);
        let arguments = rest.strip_prefix(calls.texts.text(call_id)).filter(|it| it.starts_with('('))?;
        // The name goes up to the last opening bracket.
        let end = memchr::memchr2(b'\n', b'(', arguments.as_bytes().get(1..)?)? + 1;
        let (arguments, after) = arguments.split_at_checked(end)?;
        let inner = arguments.strip_suffix(')').filter(|_| rest.len() - after.len() <= max_line)?;
        let line = locations.texts.text(predicted);
        let after = after.strip_prefix('\n')?.strip_prefix(line).filter(|_| line.len() <= max_line)?;
        let after = after.strip_prefix('\n')?;
        assembler.add_cached_call(call, inner);
        assembler.add_cached_location(location);
        (*last, *mispredicted) = ((predicted, call_id), None);
        Some(after)
    }

    /// Reads a source position, a line that starts with a tab; returns whether it is one.
    pub(super) fn read_location(&mut self, line: &str, assembler: &mut Assembler<'_>) -> bool {
        if let Some((id, location)) = self.locations.find(line) {
            assembler.add_cached_location(location);
            location.call = self.last.1;
            if let Some(slot) = self.mispredicted.take() {
                self.predictor.learn(slot, id);
            }
            self.last.0 = id;
            return true;
        }
        let Some((file, number)) = frame::location(line.trim()) else { return false };
        let mut location = CachedLocation::new(assembler.intern_file(file), number);
        assembler.add_cached_location(&mut location);
        self.locations.insert(line, location);
        true
    }

    pub(super) fn read_call(&mut self, line: &str, assembler: &mut Assembler<'_>) -> bool {
        let Some(inner) = line.strip_suffix(')') else { return false };
        let Some(open) = memchr::memrchr(b'(', inner.as_bytes()) else { return false };
        let (name, arguments) = inner.split_at(open);
        if let Some((id, call)) = self.calls.find(name) {
            self.last.1 = id;
            assembler.add_cached_call(*call, arguments);
            return true;
        }
        let Some(call) = frame::call(line) else { return false };
        let known = assembler.intern_call(call.function);
        assembler.add_cached_call(known, call.arguments);
        self.calls.insert(name, known);
        true
    }

    /// Reads a header as Go writes it, without labels; returns whether the line is one.
    pub(super) fn read_header(
        &mut self,
        line: Line<'_>,
        assembler: &mut Assembler<'_>,
    ) -> Result<bool, DecodeError> {
        let Some(rest) = line.text.strip_prefix("goroutine ") else { return Ok(false) };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, tail) = rest.split_at(digits);
        let Ok(id) = id.parse::<u64>() else { return Ok(false) };
        if let Some((_, &mut (state, minutes))) = self.headers.find(tail) {
            let header = Header { id: Some(id), count: 1, minutes, ..Header::default() };
            assembler.open(header, state, line.number)?;
            return Ok(true);
        }
        let Some(mut header) = header::parse(line.text) else { return Ok(false) };
        let is_plain = header.labels.is_empty() && !header.odd && header.certainty == Certainty::Sure;
        if !is_plain || header.count != 1 || header.id != Some(id) {
            return Ok(false);
        }
        let state = header.state.take().map(|state| assembler.state_id(state));
        self.headers.insert(tail, (state, header.minutes));
        assembler.open(header, state, line.number)?;
        Ok(true)
    }
}

//! Lines that were read before: a traceback says the same few thousand again and again.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use super::assemble::Assembler;
use super::assemble::KnownCall;
use super::assemble::KnownPlace;
use super::frame;
use super::header;
use super::header::Header;
use super::header::Parsed;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::model::StateId;
use crate::storage::StringInterner;

/// So many different lines of a kind are kept. More are read as they come.
const MOST: usize = 1 << 16;

/// What lines meant, by their text.
#[derive(Default)]
pub(super) struct Memo {
    places: Known<KnownPlace>,
    calls: Known<KnownCall>,
    headers: Known<(Option<StateId>, Option<u32>)>,
    /// The numbers of the last place and of the last function.
    last: (u32, u32),
    guesses: Guesses,
}

/// Which place came the last time after another and a function whose name ends so: what is tried first.
#[derive(Default)]
struct Guesses {
    /// None before the first.
    places: Vec<u32>,
    /// Of the function that was not guessed right.
    missed: usize,
}

/// How many guesses are kept, which lie close together.
const GUESSES: usize = 1 << 12;

impl Guesses {
    /// The place of the function that the text begins with.
    #[inline]
    fn next(&mut self, before: u32, text: &[u8]) -> Option<u32> {
        let open = memchr::memchr2(b'(', b'\n', text)?;
        let word = |from: usize| text.get(from..from + 8)?.first_chunk().map(|it| u64::from_le_bytes(*it));
        let name = word(open.saturating_sub(8))?;
        // What the first bracket holds is a receiver, or else it is arguments.
        let receiver = if text.get(open + 1) == Some(&b'*') { word(open + 2)? } else { 0 };
        self.missed = FxBuildHasher.hash_one((before, name, receiver)) as usize % GUESSES;
        self.places.get(self.missed).copied()
    }

    /// Keeps the place of the function that was not guessed right.
    fn learn(&mut self, place: u32) {
        self.places.resize(GUESSES, 0);
        if let Some(guess) = self.places.get_mut(self.missed) {
            *guess = place;
        }
    }
}

/// Texts and what they mean.
struct Known<T> {
    texts: StringInterner,
    values: Vec<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known { texts: StringInterner::default(), values: Vec::new() }
    }
}

impl<T> Known<T> {
    fn get(&mut self, number: u32) -> Option<&mut T> {
        self.values.get_mut(number as usize)
    }

    fn keep(&mut self, text: &str, value: T) {
        if self.values.len() < MOST {
            self.texts.intern(text);
            self.values.push(value);
        }
    }
}

impl Memo {
    /// Takes a function and its position, the two lines that `rest` begins with, if they are the ones that are guessed; what
    /// follows them. `longest` is how long a line may be.
    #[inline]
    pub(super) fn frame<'t>(
        &mut self,
        rest: &'t str,
        longest: usize,
        assembler: &mut Assembler<'_>,
    ) -> Option<&'t str> {
        if rest.starts_with('\t') {
            // The place of a function that was not guessed: it is what the guess will be from now on.
            return None;
        }
        let Memo { places, calls, last, guesses, .. } = self;
        let number = guesses.next(last.0, rest.as_bytes())?;
        let place = places.values.get_mut(number as usize)?;
        let (call, known) = (place.call, *calls.values.get(place.call as usize)?);
        let arguments = rest.strip_prefix(calls.texts.text(call)).filter(|it| it.starts_with('('))?;
        // The name goes up to the last opening bracket.
        let end = memchr::memchr2(b'\n', b'(', arguments.as_bytes().get(1..)?)? + 1;
        let (arguments, after) = arguments.split_at_checked(end)?;
        let inner = arguments.strip_suffix(')').filter(|_| rest.len() - after.len() <= longest)?;
        let line = places.texts.text(number);
        let after = after.strip_prefix('\n')?.strip_prefix(line).filter(|_| line.len() <= longest)?;
        let after = after.strip_prefix('\n')?;
        let argument = if known.locks { frame::first_argument(inner) } else { None };
        assembler.calls(known, argument);
        assembler.place(place);
        *last = (number, call);
        Some(after)
    }

    /// Takes a position: a line that begins with a tab. Whether it is one.
    pub(super) fn place(&mut self, line: &str, assembler: &mut Assembler<'_>) -> bool {
        let Memo { places, last, guesses, .. } = self;
        if let Some(number) = places.texts.find(line)
            && let Some(known) = places.get(number)
        {
            assembler.place(known);
            known.call = last.1;
            guesses.learn(number);
            last.0 = number;
            return true;
        }
        let Some((file, number)) = frame::location(line.trim()) else { return false };
        let mut place = KnownPlace::new(assembler.file(file), number);
        assembler.place(&mut place);
        self.places.keep(line, place);
        true
    }

    /// Takes a function: a line that ends with a bracket. Whether it is one.
    pub(super) fn call(&mut self, line: &str, assembler: &mut Assembler<'_>) -> bool {
        let Some(inner) = line.strip_suffix(')') else { return false };
        let Some(open) = memchr::memrchr(b'(', inner.as_bytes()) else { return false };
        let (name, arguments) = inner.split_at(open);
        let Memo { calls, last, .. } = self;
        if let Some(number) = calls.texts.find(name)
            && let Some(known) = calls.get(number)
        {
            last.1 = number;
            let argument = if known.locks { frame::first_argument(arguments) } else { None };
            assembler.calls(*known, argument);
            return true;
        }
        let Some(call) = frame::call(line) else { return false };
        let known = assembler.known_call(call.function);
        assembler.calls(known, call.argument);
        self.calls.keep(name, known);
        true
    }

    /// Takes a header as Go writes it, without labels: whether it is one.
    pub(super) fn header(
        &mut self,
        line: &str,
        number: u64,
        assembler: &mut Assembler<'_>,
        limits: &Limits,
    ) -> Result<bool, DecodeError> {
        let Some(rest) = line.strip_prefix("goroutine ") else { return Ok(false) };
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, tail) = rest.split_at(digits);
        let Ok(id) = id.parse::<u64>() else { return Ok(false) };
        let known = self.headers.texts.find(tail);
        if let Some((state, minutes)) = known.and_then(|number| self.headers.get(number)) {
            let header = Header { id: Some(id), count: 1, minutes: *minutes, ..Header::default() };
            assembler.open_known(header, *state, number, limits)?;
            return Ok(true);
        }
        let Parsed::Header(mut header) = header::parse(line) else { return Ok(false) };
        if !header.labels.is_empty() || header.odd || header.count != 1 || header.id != Some(id) {
            return Ok(false);
        }
        let state = header.state.take().map(|state| assembler.state_id(state));
        self.headers.keep(tail, (state, header.minutes));
        assembler.open_known(header, state, number, limits)?;
        Ok(true)
    }
}

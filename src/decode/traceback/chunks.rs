//! A plain traceback piece by piece, over the cores: memory is bounded by its distinct stacks and its longest goroutine, and
//! not by its length.

use std::io::ErrorKind;
use std::io::Read;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::TryLockError;
use std::sync::atomic::AtomicUsize;
use std::thread;

use super::End;
use super::Reader;
use super::Tail;
use super::finish;
use super::header;
use super::header::Header;
use super::header::Parsed;
use super::trimmed;
use super::wrapped_at;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Line;
use crate::decode::text::Text;
use crate::decode::text::first_line;
use crate::decode::text::lossless;
use crate::decode::text::raw_lines;
use crate::model::Profile;
use crate::parallel::par_per_core;

/// Whether an input that begins so can be read piece by piece; else it has to be looked at as a whole. What begins with a
/// goroutine's header and has no record of another form among its first lines is taken for what Go writes at `debug=2`.
pub(in super::super) fn begins(head: &[u8], limits: &Limits) -> bool {
    let head = head.get(..HEAD).unwrap_or(head);
    // A mark at the begin is none of the first line's.
    let end = memchr::memrchr(b'\n', head).filter(|_| !head.starts_with(&[0xef, 0xbb, 0xbf]));
    let Some(lines) = end.and_then(|end| head.get(..end)) else { return false };
    // What is packed, or no text at all, is told by its first line.
    let mut texts = lines.split(|byte| *byte == b'\n').map_while(|line| std::str::from_utf8(line).ok());
    let first = texts.find(|line| !line.trim().is_empty()).map(str::trim_end);
    if !first.is_some_and(|line| matches!(header::parse(line), Parsed::Header(header) if header.id.is_some()))
    {
        return false;
    }
    let whole = Text::new(lines).ok();
    let Some(text) = whole.filter(Text::is_plain) else { return false };
    let other = memchr::memmem::find(text.content().as_bytes(), b" @ ").is_some();
    !other && wrapped_at(&text, limits).is_none()
}

/// What is a plain traceback is seen in so many of its bytes.
const HEAD: usize = 1 << 17;

/// So many bytes, and what is left of a goroutine, are dealt out at a time: they fit into a core's own cache.
const PIECE: usize = 1 << 18;

/// Where the text comes from.
pub(in super::super) enum Source<'a> {
    /// All of it is there.
    Bytes(&'a [u8]),
    /// It is read while it is decoded; what was read before it.
    Reader(&'a mut (dyn Read + Send), Vec<u8>),
}

/// Some whole goroutines of the text.
struct Piece<'p> {
    bytes: &'p [u8],
    number: u64,
    is_last: bool,
    /// Where it ends in the text.
    end: usize,
}

/// Deals the text out, piece by piece.
struct Pieces<'a> {
    source: Source<'a>,
    dealt: u64,
    end: usize,
    over: bool,
}

impl<'a> Pieces<'a> {
    /// The next piece, which may lie in `room`; `None` after the last.
    fn next<'p>(&mut self, room: &'p mut Vec<u8>, limits: &Limits) -> Result<Option<Piece<'p>>, DecodeError>
    where
        'a: 'p,
    {
        if self.over {
            return Ok(None);
        }
        // Whoever fails, nobody goes on.
        self.over = true;
        let (bytes, is_last) = match &mut self.source {
            Source::Bytes(left) => {
                let (mut searched, mut size) = (0, PIECE);
                let border = loop {
                    let Some(piece) = left.get(..size).filter(|_| size < left.len()) else { break None };
                    if let Some(border) = border(piece, &mut searched, limits) {
                        break Some(border);
                    }
                    size += PIECE;
                };
                let (piece, rest) = left.split_at(border.unwrap_or(left.len()));
                *left = rest;
                (piece, border.is_none())
            }
            Source::Reader(reader, rest) => {
                let (mut searched, mut end) = (0, 0);
                let mut left = rest.as_slice().chain(&mut **reader);
                let border = loop {
                    let size = (end.max(left.get_ref().0.len()) + 1).next_multiple_of(PIECE);
                    limits.check_memory(size as u64)?;
                    // The room keeps its length: behind the end is what it held before.
                    room.resize(size.max(room.len()), 0);
                    let spare_mut = room.get_mut(end..size).unwrap_or(&mut []);
                    let read = read_into(&mut left, spare_mut)?;
                    let is_over = read < spare_mut.len();
                    end += read;
                    if is_over {
                        break None;
                    }
                    if let Some(border) = border(room.get(..end).unwrap_or(room), &mut searched, limits) {
                        break Some(border);
                    }
                };
                let (piece, after) = room.split_at(border.unwrap_or(end));
                rest.clear();
                rest.extend_from_slice(after.get(..end - piece.len()).unwrap_or(&[]));
                (piece, border.is_none())
            }
        };
        self.end += bytes.len();
        self.dealt += 1;
        self.over = is_last;
        Ok(Some(Piece { bytes, number: self.dealt - 1, is_last, end: self.end }))
    }
}

/// Reads until the room is full or nothing is left; how many bytes.
fn read_into(reader: &mut dyn Read, mut room: &mut [u8]) -> Result<usize, DecodeError> {
    let all = room.len();
    while !room.is_empty() {
        match reader.read(room) {
            Ok(0) => break,
            Ok(read) => room = room.split_at_mut(read).1,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(DecodeError::Read { source }),
        }
    }
    Ok(all - room.len())
}

/// Where the last goroutine begins, if that is not at the very begin: a line that is a header whatever stands before it. What
/// was searched before holds none; `searched` is moved on.
fn border(piece: &[u8], searched: &mut usize, limits: &Limits) -> Option<usize> {
    let from = *searched;
    let mut end = piece.len();
    // What begins in the last line is looked at when all of that line is there.
    *searched = memchr::memrchr(b'\n', piece).unwrap_or(0).max(from);
    while let Some(at) = memchr::memmem::rfind(piece.get(from..end)?, b"\ngoroutine ") {
        let (before, line) = piece.split_at(from + at + 1);
        end = from + at;
        let Some(length) = memchr::memchr(b'\n', line) else { continue };
        if parsed(line.split_at(length).0, limits).is_some_and(|header| header.id.is_some() && !header.goleak)
            && !follows_goleak(before, limits)
        {
            return Some(before.len());
        }
    }
    None
}

/// The header that a line is, if it is one, as it is read.
fn parsed(line: &[u8], limits: &Limits) -> Option<Header> {
    let text = lossless(line);
    match header::parse(trimmed(Line { number: 0, text: &text }, limits)) {
        Parsed::Header(header) => Some(header),
        Parsed::Cut | Parsed::Other => None,
    }
}

/// Whether a header of goleak's stands above, with nothing but a few empty lines between: then Go's own of the same goroutine
/// follows.
fn follows_goleak(before: &[u8], limits: &Limits) -> bool {
    let mut above = before.rsplit(|byte| *byte == b'\n').take(8);
    let line = above.find(|line| !line.trim_ascii().is_empty());
    line.and_then(|line| parsed(line, limits)).is_some_and(|header| header.goleak)
}

/// A line while its piece is read: the number of the piece, and that of the line in it.
fn numbered(piece: u64, line: u64) -> u64 {
    piece << LINE_BITS | line
}

/// No piece has so many lines.
const LINE_BITS: u32 = 40;

/// The lock on the pieces. It is held as long as it takes to read one, which is less than it takes to sleep and be woken.
fn soon<'p, 'a>(pieces: &'p Mutex<Pieces<'a>>) -> MutexGuard<'p, Pieces<'a>> {
    for _ in 0..1000 {
        match pieces.try_lock() {
            Ok(pieces) => return pieces,
            Err(TryLockError::Poisoned(pieces)) => return pieces.into_inner(),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    pieces.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one core read.
struct Part<'l> {
    reader: Reader<'l>,
    /// The pieces that it took, and how many lines they have.
    lines: Vec<(u64, u64)>,
    /// Where it took the last piece of the text: how that ends.
    end: Option<End>,
}

impl<'l> Part<'l> {
    /// Reads what others leave. An error comes with the number of its piece.
    fn read(
        pieces: &Mutex<Pieces<'_>>,
        goroutines: &'l AtomicUsize,
        limits: &'l Limits,
    ) -> Result<Self, (u64, DecodeError)> {
        let reader = Reader::new(limits, false, goroutines);
        let mut part = Part { reader, lines: Vec::new(), end: None };
        let mut room = Vec::new();
        loop {
            let next = {
                let mut pieces = soon(pieces);
                let number = pieces.dealt;
                pieces.next(&mut room, limits).map_err(|error| (number, error))?
            };
            let Some(piece) = next else { return Ok(part) };
            if let Err(error) = part.take(&piece, limits) {
                pieces.lock().unwrap_or_else(PoisonError::into_inner).over = true;
                return Err((piece.number, error));
            }
        }
    }

    fn take(&mut self, piece: &Piece<'_>, limits: &Limits) -> Result<(), DecodeError> {
        let text = lossless(piece.bytes);
        let (mut rest, mut lines) = (&*text, 0);
        while let Some((line, after)) = first_line(rest) {
            lines += 1;
            self.reader.read(Line { number: numbered(piece.number, lines), text: line }, limits)?;
            let (after, frames) = self.reader.read_frames(after, limits);
            (rest, lines) = (after, lines + frames);
        }
        self.lines.push((piece.number, lines));
        if piece.is_last {
            let all = raw_lines(&text)
                .zip(1..)
                .map(|(text, line)| Line { number: numbered(piece.number, line), text });
            let last = all.filter(|line| !line.text.trim().is_empty()).last();
            self.end = Some(End {
                last: last.map(|line| (trimmed(line, limits).to_owned(), line.number)),
                lines: numbered(piece.number, lines),
                mid_line: !piece.bytes.ends_with(b"\n"),
                input_len: piece.end,
            });
        } else {
            self.reader.pause();
        }
        Ok(())
    }
}

/// Reads a traceback that nothing stands before or between.
pub(in super::super) fn read(source: Source<'_>, limits: &Limits) -> Result<Profile, DecodeError> {
    let most = match &source {
        Source::Bytes(bytes) => bytes.len() / PIECE,
        Source::Reader(..) => usize::MAX,
    };
    let pieces = Mutex::new(Pieces { source, dealt: 0, end: 0, over: false });
    let goroutines = AtomicUsize::new(0);
    let (mut parts, mut errors) = (Vec::new(), Vec::new());
    for part in par_per_core(most, || Part::read(&pieces, &goroutines, limits)) {
        match part {
            Ok(part) => parts.push(part),
            Err(error) => errors.push(error),
        }
    }
    if let Some((_, error)) = errors.into_iter().min_by_key(|(piece, _)| *piece) {
        return Err(error);
    }
    // What the others found tells how to take the end of the text, so they are put to whoever read that.
    parts.sort_by_key(|part| part.end.is_none());
    let mut parts = parts.into_iter();
    let Some(Part { mut reader, mut lines, end: Some(end) }) = parts.next() else {
        return Err(DecodeError::Empty);
    };
    for part in parts {
        reader.assembler.absorb(part.reader.assembler);
        lines.extend(part.lines);
    }
    let tail = reader.end(&end);
    let mut assembler = reader.assembler;
    assembler.sort_samples();
    lines.sort_unstable();
    // The lines before each piece.
    let mut before = Vec::with_capacity(lines.len());
    let mut sum = 0;
    for (_, lines) in lines {
        before.push(sum);
        sum += lines;
    }
    let line_of = |numbered: u64| {
        let piece = usize::try_from(numbered >> LINE_BITS).unwrap_or(usize::MAX);
        before.get(piece).copied().unwrap_or(0) + (numbered & ((1 << LINE_BITS) - 1))
    };
    assembler.number_lines(line_of);
    finish(assembler, &Tail { cut_header: tail.cut_header.map(line_of), ..tail })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_of_tracebacks() {
        let check = |head: &str, expected: bool| {
            assert_eq!(begins(head.as_bytes(), &Limits::default()), expected, "{:.60}", head);
        };
        let whole = "goroutine 7 [running]:\nmain.f()\n\t/srv/f.go:3 +0x1\n";
        check(whole, true);
        check(&format!("\r\n \u{a0}\n{whole}"), true);
        check(&format!("\u{feff}{whole}"), false);
        check(&format!("a log\n{whole}"), false);
        check("goroutine profile: total 3\n3 @ 0x1 0x2\n", false);
        check(&format!("{whole}\n3 @ 0x1 0x2\n"), false);
        check("goroutine 7 [running]:", false);
        check(&format!("\ngoroutine 7 [running]: {}\n3 @ 0x1 0x2\n", "x".repeat(HEAD)), false);
        assert!(!begins(b"\x1f\x8b\x08\n", &Limits::default()));
        assert!(!begins(b"goroutine 7 [run\xff]:\nmain.f()\n", &Limits::default()));
    }
}

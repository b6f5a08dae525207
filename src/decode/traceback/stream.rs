//! A plain traceback piece by piece, over the cores: memory is bounded by its distinct stacks and not by its length.

use std::io::Read;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;

use super::End;
use super::Reader;
use super::Tail;
use super::finish;
use super::header;
use super::header::Parsed;
use super::trimmed;
use super::wrapped_at;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::PIECE;
use crate::decode::fill;
use crate::decode::text::Line;
use crate::decode::text::Text;
use crate::decode::text::lossless;
use crate::decode::text::raw_lines;
use crate::model::Snapshot;
use crate::parallel::on_each_core;

/// Whether an input that begins so can be read piece by piece; else it has to be looked at as a whole. What begins with a
/// goroutine's header and has no record of another form among its first lines is taken for what Go writes at `debug=2`.
pub(in super::super) fn begins(head: &[u8], limits: &Limits) -> bool {
    // A mark at the begin is none of the first line's.
    let end = memchr::memrchr(b'\n', head).filter(|_| !head.starts_with(&[0xef, 0xbb, 0xbf]));
    let whole = end.and_then(|end| Text::new(head.get(..end)?).ok());
    let Some(text) = whole.filter(Text::is_plain) else { return false };
    let first = text.lines().find(|line| !line.text.trim().is_empty());
    let headed = first.is_some_and(
        |line| matches!(header::parse(line.text), Parsed::Header(header) if header.id.is_some()),
    );
    let other = memchr::memmem::find(text.content().as_bytes(), b" @ ").is_some();
    headed && !other && wrapped_at(&text, limits).is_none()
}

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
    fn next<'p>(&mut self, room: &'p mut Vec<u8>) -> Result<Option<Piece<'p>>, DecodeError>
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
                let mut size = PIECE;
                let border = loop {
                    if size >= left.len() {
                        break None;
                    }
                    match border(left.get(..size).unwrap_or(left)) {
                        None => size *= 2,
                        some => break some,
                    }
                };
                let (piece, rest) = left.split_at(border.unwrap_or(left.len()));
                *left = rest;
                (piece, border.is_none())
            }
            Source::Reader(reader, rest) => {
                room.clear();
                std::mem::swap(room, rest);
                let border = loop {
                    let size = (room.len() + 1).next_multiple_of(PIECE);
                    if fill(*reader, room, size)? {
                        break None;
                    }
                    if let Some(border) = border(room) {
                        break Some(border);
                    }
                };
                if let Some(border) = border {
                    rest.extend_from_slice(room.get(border..).unwrap_or(&[]));
                    room.truncate(border);
                }
                (room.as_slice(), border.is_none())
            }
        };
        self.end += bytes.len();
        self.dealt += 1;
        self.over = is_last;
        Ok(Some(Piece { bytes, number: self.dealt - 1, is_last, end: self.end }))
    }
}

/// Where the last goroutine begins, if that is not at the very begin: a line that is a header whatever stands before it.
fn border(piece: &[u8]) -> Option<usize> {
    let mut end = piece.len();
    loop {
        let at = memchr::memmem::rfind(piece.get(..end)?, b"\ngoroutine ")?;
        let (before, line) = piece.split_at(at + 1);
        let line = line.split_at(memchr::memchr(b'\n', line)?).0;
        let is_header = |line: &[u8]| matches!(header::parse(&lossless(line)), Parsed::Header(header) if header.id.is_some());
        // Below a header of goleak's stands Go's own of the same goroutine.
        let above = before.split_at(at).0.rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]);
        if is_header(line) && !is_header(above) {
            return Some(at + 1);
        }
        end = at;
    }
}

/// A line while its piece is read: the number of the piece, and that of the line in it.
fn numbered(piece: u64, line: u64) -> u64 {
    piece << LINE_BITS | line
}

/// No piece has so many lines.
const LINE_BITS: u32 = 40;

/// What one core read.
struct Part<'l> {
    reader: Reader<'l>,
    /// The pieces that it took, and how many lines they have.
    lines: Vec<(u64, u64)>,
    /// Where it took the last piece of the text.
    tail: Option<Tail>,
}

impl<'l> Part<'l> {
    /// Reads what others leave.
    fn read(
        pieces: &Mutex<Pieces<'_>>,
        goroutines: &'l AtomicUsize,
        limits: &'l Limits,
    ) -> Result<Self, DecodeError> {
        let reader = Reader::new(limits, false, goroutines);
        let mut part = Part { reader, lines: Vec::new(), tail: None };
        let mut room = Vec::new();
        loop {
            let next = pieces.lock().unwrap_or_else(PoisonError::into_inner).next(&mut room)?;
            let Some(piece) = next else { return Ok(part) };
            if let Err(error) = part.take(&piece, limits) {
                pieces.lock().unwrap_or_else(PoisonError::into_inner).over = true;
                return Err(error);
            }
        }
    }

    fn take(&mut self, piece: &Piece<'_>, limits: &Limits) -> Result<(), DecodeError> {
        let text = lossless(piece.bytes);
        let (mut last, mut lines) = (None, 0);
        for line in raw_lines(&text) {
            lines += 1;
            let line = Line { number: numbered(piece.number, lines), text: line };
            self.reader.read(line, limits)?;
            if piece.is_last && !line.text.trim().is_empty() {
                last = Some(line);
            }
        }
        self.lines.push((piece.number, lines));
        if piece.is_last {
            self.tail = Some(self.reader.end(&End {
                last: last.map(|line| (trimmed(line, limits), line.number)),
                lines: numbered(piece.number, lines),
                mid_line: !piece.bytes.ends_with(b"\n"),
                input_len: piece.end,
            }));
        } else {
            self.reader.pause();
        }
        Ok(())
    }
}

/// Reads a traceback that nothing stands before or between.
pub(in super::super) fn read(source: Source<'_>, limits: &Limits) -> Result<Snapshot, DecodeError> {
    let pieces = Mutex::new(Pieces { source, dealt: 0, end: 0, over: false });
    let goroutines = AtomicUsize::new(0);
    let mut parts = on_each_core(|| Part::read(&pieces, &goroutines, limits)).into_iter();
    let Some(first) = parts.next() else { return Err(DecodeError::Empty) };
    let Part { reader, mut lines, mut tail } = first?;
    let mut assembler = reader.assembler;
    for part in parts {
        let part = part?;
        assembler.absorb(part.reader.assembler);
        lines.extend(part.lines);
        tail = tail.or(part.tail);
    }
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
    let tail = tail.unwrap_or(Tail { cut_header: None, at_limit: false });
    finish(assembler, &Tail { cut_header: tail.cut_header.map(line_of), ..tail })
}

//! Reads a plain traceback in chunks, on all cores. Memory is bounded by its distinct stacks and its longest goroutine,
//! not by its length.

use std::io::ErrorKind;
use std::io::Read;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::TryLockError;
use std::sync::atomic::AtomicUsize;
use std::thread;

use super::death;
use super::ending::TextEnd;
use super::header;
use super::header::Certainty;
use super::header::Header;
use super::reader::Headers;
use super::reader::Reader;
use super::wrapped::wrap_width;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::log::is_plain;
use crate::decode::text::Line;
use crate::decode::text::Text;
use crate::decode::text::first_line;
use crate::decode::text::lossless;
use crate::decode::text::raw_lines;
use crate::model::Profile;
use crate::parallel::par_per_core;

/// The size in bytes from which on a plain traceback is read in chunks.
pub(crate) const MIN_CHUNKED: usize = 1 << 18;

/// The number of bytes that decide whether an input is a plain traceback.
const HEAD: usize = 1 << 17;

/// The size of a chunk in bytes, except for the rest of its last goroutine. Small enough for a core's own cache.
const CHUNK: usize = 1 << 18;

/// Whether an input that starts like this can be read in chunks: it starts with a goroutine's header, as `debug=2`
/// does, and neither a record of another form nor the end of a process is in its head. Other inputs must be looked at as a whole.
pub(crate) fn can_read(head: &[u8], limits: &Limits) -> bool {
    let head = head.get(..HEAD).unwrap_or(head);
    let end = memchr::memrchr(b'\n', head).filter(|_| !head.starts_with("\u{feff}".as_bytes()));
    let Some(lines) = end.and_then(|end| head.get(..end)) else { return false };
    // Check the first line before the rest: compressed and binary inputs fail here.
    let mut texts = lines.split(|byte| *byte == b'\n').map_while(|line| std::str::from_utf8(line).ok());
    let first = texts.find(|line| !line.trim().is_empty()).map(str::trim_end);
    let header = first.and_then(header::parse);
    if !header.is_some_and(|it| it.id.is_some() && it.certainty == Certainty::Sure) {
        return false;
    }
    let text = Text::new(lines).ok().filter(|it| it.is_input() && can_continue(it.content()));
    text.is_some_and(|text| wrap_width(&text, limits).is_none())
}

/// Whether further lines of a plain traceback are no record of another form, and do not state the end of the process.
pub(crate) fn can_continue(lines: &str) -> bool {
    let has_other_form = memchr::memmem::find(lines.as_bytes(), b" @ ").is_some();
    is_plain(lines) && !has_other_form && !death::may_state(lines)
}

pub(crate) enum Source<'a> {
    Bytes(&'a [u8]),
    /// A reader, and the bytes that were read from it already.
    Reader(&'a mut (dyn Read + Send), Vec<u8>),
}

/// Whole goroutines of the text.
struct Chunk<'c> {
    bytes: &'c [u8],
    number: u64,
    is_last: bool,
    end: usize,
}

struct ChunkReader<'a> {
    source: Source<'a>,
    chunks: u64,
    end: usize,
    /// Whether the last chunk was read, or a thread failed.
    is_done: bool,
}

impl<'a> ChunkReader<'a> {
    fn of(source: Source<'a>) -> Self {
        ChunkReader { source, chunks: 0, end: 0, is_done: false }
    }

    fn next<'c>(&mut self, buffer: &'c mut Vec<u8>, limits: &Limits) -> Result<Option<Chunk<'c>>, DecodeError>
    where
        'a: 'c,
    {
        if self.is_done {
            return Ok(None);
        }
        // If reading fails below, no thread continues.
        self.is_done = true;
        let (bytes, is_last) = match &mut self.source {
            Source::Bytes(left) => {
                let (mut searched, mut size) = (0, CHUNK);
                let boundary = loop {
                    let Some(chunk) = left.get(..size).filter(|_| size < left.len()) else { break None };
                    if let Some(boundary) = last_goroutine_boundary(chunk, &mut searched, limits) {
                        break Some(boundary);
                    }
                    size += CHUNK;
                };
                let (chunk, rest) = left.split_at(boundary.unwrap_or(left.len()));
                *left = rest;
                (chunk, boundary.is_none())
            }
            Source::Reader(reader, rest) => {
                let (mut searched, mut end) = (0, 0);
                let mut left = rest.as_slice().chain(&mut **reader);
                let boundary = loop {
                    let size = (end.max(left.get_ref().0.len()) + 1).next_multiple_of(CHUNK);
                    limits.check_memory(size as u64)?;
                    // The buffer never shrinks; its bytes after `end` belong to an earlier chunk.
                    buffer.resize(size.max(buffer.len()), 0);
                    let spare = buffer.get_mut(end..size).unwrap_or(&mut []);
                    let read = read_full(&mut left, spare)?;
                    let is_over = read < spare.len();
                    end += read;
                    if is_over {
                        break None;
                    }
                    let filled = buffer.get(..end).unwrap_or(buffer);
                    if let Some(boundary) = last_goroutine_boundary(filled, &mut searched, limits) {
                        break Some(boundary);
                    }
                };
                let (chunk, after) = buffer.split_at(boundary.unwrap_or(end));
                rest.clear();
                rest.extend_from_slice(after.get(..end - chunk.len()).unwrap_or(&[]));
                (chunk, boundary.is_none())
            }
        };
        self.end += bytes.len();
        self.chunks += 1;
        self.is_done = is_last;
        Ok(Some(Chunk { bytes, number: self.chunks - 1, is_last, end: self.end }))
    }
}

/// Reads until the buffer is full or nothing is left; returns the number of bytes.
fn read_full(reader: &mut dyn Read, mut buffer: &mut [u8]) -> Result<usize, DecodeError> {
    let size = buffer.len();
    while !buffer.is_empty() {
        match reader.read(buffer) {
            Ok(0) => break,
            Ok(read) => buffer = buffer.split_at_mut(read).1,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(DecodeError::of_read(error)),
        }
    }
    Ok(size - buffer.len())
}

/// The offset of the last header that starts a goroutine whatever is before it; `None` if there is none after the start
/// of the chunk.
///
/// The first `searched` bytes are known to contain none; the offset is moved on.
fn last_goroutine_boundary(chunk: &[u8], searched: &mut usize, limits: &Limits) -> Option<usize> {
    let from = *searched;
    let mut end = chunk.len();
    // The last line is searched again when it is complete.
    *searched = memchr::memrchr(b'\n', chunk).unwrap_or(0).max(from);
    while let Some(at) = memchr::memmem::rfind(chunk.get(from..end)?, b"\ngoroutine ") {
        let (before, line) = chunk.split_at(from + at + 1);
        end = from + at;
        let Some(length) = memchr::memchr(b'\n', line) else { continue };
        let header = parse_header(line.split_at(length).0, limits);
        if header.is_some_and(|header| header.id.is_some() && !header.goleak)
            && !follows_goleak(before, limits)
        {
            return Some(before.len());
        }
    }
    None
}

fn parse_header(line: &[u8], limits: &Limits) -> Option<Header> {
    let text = lossless(line);
    header::parse(Line { number: 0, text: &text }.trimmed(limits))
        .filter(|it| it.certainty == Certainty::Sure)
}

/// Whether only a few empty lines are between this place and a header of goleak: then Go's own header of the same
/// goroutine follows.
fn follows_goleak(before: &[u8], limits: &Limits) -> bool {
    let mut above = before.rsplit(|byte| *byte == b'\n').take(8);
    let line = above.find(|line| !line.trim_ascii().is_empty());
    line.and_then(|line| parse_header(line, limits)).is_some_and(|header| header.goleak)
}

/// While chunks are read, a line number is the number of the chunk, shifted by this, and that of the line in the chunk.
const LINE_BITS: u32 = 40;

/// Locks without sleeping at first: another thread holds the lock only while it reads a chunk, which is faster than
/// waking up.
fn lock_spinning<'c, 'a>(chunks: &'c Mutex<ChunkReader<'a>>) -> MutexGuard<'c, ChunkReader<'a>> {
    for _ in 0..1000 {
        match chunks.try_lock() {
            Ok(chunks) => return chunks,
            Err(TryLockError::Poisoned(chunks)) => return chunks.into_inner(),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
        }
    }
    chunks.lock().unwrap_or_else(PoisonError::into_inner)
}

struct ThreadResult<'l> {
    reader: Reader<'l>,
    /// The numbers of its chunks, and how many lines each has.
    lines: Vec<(u64, u64)>,
    /// How the text ends, if it read the last chunk.
    end: Option<TextEnd>,
}

impl<'l> ThreadResult<'l> {
    /// Reads chunks until none is left. An error comes with the number of its chunk.
    fn read(
        chunks: &Mutex<ChunkReader<'_>>,
        goroutines: &'l AtomicUsize,
        limits: &'l Limits,
    ) -> Result<Self, (u64, DecodeError)> {
        let reader = Reader::new(limits, Headers::Present, goroutines);
        let mut result = ThreadResult { reader, lines: Vec::new(), end: None };
        let mut buffer = Vec::new();
        loop {
            let next = {
                let mut chunks = lock_spinning(chunks);
                let number = chunks.chunks;
                chunks.next(&mut buffer, limits).map_err(|error| (number, error))?
            };
            let Some(chunk) = next else { return Ok(result) };
            if let Err(error) = result.read_chunk(&chunk) {
                chunks.lock().unwrap_or_else(PoisonError::into_inner).is_done = true;
                return Err((chunk.number, error));
            }
        }
    }

    fn read_chunk(&mut self, chunk: &Chunk<'_>) -> Result<(), DecodeError> {
        let text = lossless(chunk.bytes);
        let number = |line| chunk.number << LINE_BITS | line;
        let (mut rest, mut lines) = (&*text, 0);
        while let Some((line, after)) = first_line(rest) {
            lines += 1;
            self.reader.read(Line { number: number(lines), text: line })?;
            let (after, frames) = self.reader.read_predicted_frames(after);
            (rest, lines) = (after, lines + frames);
        }
        self.lines.push((chunk.number, lines));
        if !chunk.is_last {
            self.reader.close();
            return Ok(());
        }
        let all = raw_lines(&text).zip(1..).map(|(text, line)| Line { number: number(line), text });
        let mid_line = !chunk.bytes.ends_with(b"\n");
        self.end = Some(TextEnd::new(all, mid_line, chunk.end, self.reader.assembler.limits));
        Ok(())
    }
}

pub(crate) fn read(source: Source<'_>, limits: &Limits) -> Result<Profile, DecodeError> {
    let max_threads = if let Source::Bytes(bytes) = &source { bytes.len() / CHUNK } else { usize::MAX };
    let chunks = Mutex::new(ChunkReader::of(source));
    let goroutines = AtomicUsize::new(0);
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for result in par_per_core(max_threads, || ThreadResult::read(&chunks, &goroutines, limits)) {
        match result {
            Ok(result) => results.push(result),
            Err(error) => errors.push(error),
        }
    }
    if let Some((_, error)) = errors.into_iter().min_by_key(|(chunk, _)| *chunk) {
        return Err(error);
    }
    // All results are merged into the one with the last chunk: how a truncated end is treated depends on the whole
    // text.
    results.sort_by_key(|result| result.end.is_none());
    let mut results = results.into_iter();
    let Some(ThreadResult { mut reader, mut lines, end: Some(mut end) }) = results.next() else {
        return Err(DecodeError::Empty);
    };
    for result in results {
        reader.assembler.absorb(result.reader.assembler);
        lines.extend(result.lines);
    }
    reader.end(&end);
    reader.assembler.sort_samples();
    lines.sort_unstable();
    let sums = lines.iter().scan(0, |sum, (_, lines)| Some(std::mem::replace(sum, *sum + lines)));
    let lines_before: Vec<u64> = sums.collect();
    let decode_line_number = |encoded: u64| {
        let chunk = usize::try_from(encoded >> LINE_BITS).unwrap_or(usize::MAX);
        lines_before.get(chunk).copied().unwrap_or(0) + (encoded & ((1 << LINE_BITS) - 1))
    };
    reader.assembler.renumber_lines(decode_line_number);
    end.last = end.last.map(|(line, number)| (line, decode_line_number(number)));
    reader.finish(&end)
}

/// Passes the text to a function in pieces of whole goroutines, until it returns `false`.
pub(crate) fn for_each_chunk(
    source: Source<'_>,
    limits: &Limits,
    mut read: impl FnMut(&[u8]) -> bool,
) -> Result<(), DecodeError> {
    let mut chunks = ChunkReader::of(source);
    let mut buffer = Vec::new();
    while let Some(chunk) = chunks.next(&mut buffer, limits)? {
        if !read(chunk.bytes) {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_tracebacks() {
        let check = |head: &str, expected: bool| {
            assert_eq!(can_read(head.as_bytes(), &Limits::default()), expected, "{:.60}", head);
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
        assert!(!can_read(b"\x1f\x8b\x08\n", &Limits::default()));
        assert!(!can_read(b"goroutine 7 [run\xff]:\nmain.f()\n", &Limits::default()));
    }
}

//! Decodes bytes into profiles: every form in which Go writes goroutines, recognized by content and never by file name.
//!
//! | form | module |
//! |---|---|
//! | protobuf (`debug=0`), goroutine and heap | `pprof` |
//! | `debug=1` | `count_text`, `heap_text` |
//! | `debug=2`, panics, SIGQUIT, goleak | `traceback` |
//! | what `go tool pprof` prints: `-raw`, `-traces`, `-top`, ... | `pprof_text` |
//! | Delve's lists of goroutines | `delve` |
//! | panicparse's output | `panicparse` |
//! | lists of functions with counts, made by hand | `counted` |
//!
//! What a log put around a text is removed first, by `log`; `dumps` separates the dumps of one text.
//!
//! To add a form of text, write a `decode` function of type `TextDecoder` and add it to the list in `of_text`.
//!
//! **Invariant:** decoding never panics, whatever the bytes. It keeps what it can read, states in warnings what it
//! skipped, and fails only if nothing usable is left. It reads no file and knows no URL.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod ansi;
mod contents;
mod count_text;
mod counted;
mod delve;
mod dumps;
mod error;
mod gzip;
mod header_start;
mod heap_text;
mod limits;
mod lines;
mod log;
mod panicparse;
mod pprof;
mod pprof_text;
mod quoted;
mod race;
mod streamed;
mod text;
mod traceback;
mod unsupported;

use std::io::Read;

use crate::model::HeapProfile;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Warning;
use crate::text::pluralize;

pub use contents::Contents;
pub use contents::Dump;
use dumps::Split;
pub use error::DecodeError;
use gzip::Unpacked;
pub use limits::Limits;
use lines::Place;
pub use log::LinePrefix;
pub use log::LogOptions;
use log::Outer;
use log::Part;
use streamed::Streamed;
use text::Text;
use traceback::MIN_CHUNKED;

/// The content of a file or a response.
#[derive(Clone, Debug)]
pub enum Decoded {
    /// Goroutines, in any form and of either kind.
    Goroutines(Profile),
    /// A heap profile, which complements a goroutine profile.
    Heap(HeapProfile),
}

/// Decodes one profile or dump in any form. Of several dumps in a log it is the last one of the source with the most
/// goroutines, with warnings about the others; [`contents`] has them all.
///
/// ```
/// # use leakscope_engine as leakscope;
/// use leakscope::decode::{Decoded, Limits, decode};
/// let dump = b"goroutine 7 [chan send]:\nmain.f()\n\t/srv/f.go:3 +0x1\ncreated by main.main\n\t/srv/f.go:9 +0x2\n";
/// let Decoded::Goroutines(profile) = decode(dump, &Limits::default())? else { panic!("no heap profile") };
/// assert_eq!(profile.total(), 1);
/// # Ok::<(), leakscope::decode::DecodeError>(())
/// ```
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let options = LogOptions::default();
    contents(bytes, limits, &options)?.into_decoded(&options)
}

/// Decodes everything that an input contains.
pub fn contents(bytes: &[u8], limits: &Limits, options: &LogOptions) -> Result<Contents, DecodeError> {
    if let Some(contents) = streamed(bytes, limits, options)? {
        return Ok(contents);
    }
    let (unpacked, warnings) = gzip::unpack(bytes, limits)?;
    Ok(with_warnings(content(unpacked, limits, options)?, warnings))
}

/// Decodes a long traceback that is compressed; `None` if it is anything else.
fn streamed(bytes: &[u8], limits: &Limits, options: &LogOptions) -> Result<Option<Contents>, DecodeError> {
    if options.line_prefix.is_some() {
        return Ok(None);
    }
    Ok(match streamed::read(bytes, limits)? {
        None => None,
        Some(Streamed::One(source, profile)) => Some(one(source, not_empty(*profile)?)),
        Some(Streamed::Several(mut dumps, omitted)) => {
            let notes: Vec<Warning> = (omitted > 0).then(|| too_many_dumps(omitted)).into_iter().collect();
            let mut decoded = DumpList::default();
            while let Some(lines) = dumps.next()? {
                decoded.add("", of_text(&dumps.text.with_lines(lines, &notes), limits))?;
            }
            Some(decoded.finish()?)
        }
    })
}

/// Like [`contents`], but frees the compressed bytes once they are decompressed.
#[doc(hidden)]
pub fn contents_owned(
    bytes: Vec<u8>,
    limits: &Limits,
    options: &LogOptions,
) -> Result<Contents, DecodeError> {
    if let Some(contents) = streamed(&bytes, limits, options)? {
        return Ok(contents);
    }
    let (unpacked, warnings) = gzip::unpack(&bytes, limits)?;
    let unpacked = match unpacked {
        Unpacked::AsIs(_) => Unpacked::Owned(bytes),
        Unpacked::Owned(unpacked) => Unpacked::Owned(unpacked),
        Unpacked::Inflated(unpacked) => {
            drop(bytes);
            Unpacked::Inflated(unpacked)
        }
    };
    Ok(with_warnings(content(unpacked, limits, options)?, warnings))
}

/// Adds warnings to what was read.
fn with_warnings(mut contents: Contents, warnings: Vec<Warning>) -> Contents {
    match &mut contents {
        Contents::Dumps(dumps) => {
            for dump in dumps {
                dump.profile.warnings.splice(0..0, warnings.iter().cloned());
            }
        }
        Contents::Heap(heap) => {
            heap.warnings.splice(0..0, warnings);
        }
    }
    contents
}

/// Like [`decode`], for a reader. A long traceback is never held in memory as a whole. An error of the reader is
/// a [`DecodeError::Read`].
pub fn decode_from(reader: &mut (dyn Read + Send), limits: &Limits) -> Result<Decoded, DecodeError> {
    let options = LogOptions::default();
    contents_from(reader, limits, &options)?.into_decoded(&options)
}

/// Like [`contents`], for a reader; see [`decode_from`].
pub fn contents_from(
    reader: &mut (dyn Read + Send),
    limits: &Limits,
    options: &LogOptions,
) -> Result<Contents, DecodeError> {
    contents_of_file(reader, None, limits, options)
}

/// Like [`contents_from`], for a file, which can be read once more: nothing but plain lines and the stacks in them are in memory
/// then, until several dumps or several sources are met.
#[doc(hidden)]
pub fn contents_of_file<'a>(
    reader: &'a mut (dyn Read + Send),
    again: Option<&'a mut (dyn Read + Send)>,
    limits: &Limits,
    options: &LogOptions,
) -> Result<Contents, DecodeError> {
    let mut buffer = Vec::with_capacity(MIN_CHUNKED);
    let read = (&mut *reader).take(MIN_CHUNKED as u64).read_to_end(&mut buffer);
    let is_long = read.map_err(DecodeError::of_read)? == MIN_CHUNKED && options.line_prefix.is_none();
    let mut rest = reader;
    if is_long && traceback::can_read(&buffer, limits) {
        let profile = traceback::read(traceback::Source::Reader(rest, buffer), limits)?;
        match again.filter(|_| profile.has_repeats) {
            None => return Ok(alone(not_empty(profile)?)),
            Some(again) => (rest, buffer) = (again, Vec::new()),
        }
    } else if let Some(layer) = log::layer_by_line(&buffer).filter(|_| is_long) {
        let dump = if let Some(again) = again {
            let dump = streamed::read_log(rest, buffer, layer, limits)?;
            (rest, buffer) = (again, Vec::new());
            dump
        } else {
            rest.read_to_end(&mut buffer).map_err(DecodeError::of_read)?;
            streamed::read_log(&mut buffer.as_slice(), Vec::new(), layer, limits)?
        };
        if let Some((source, profile)) = dump {
            return Ok(one(source, profile));
        }
    }
    rest.read_to_end(&mut buffer).map_err(DecodeError::of_read)?;
    contents_owned(buffer, limits, options)
}

/// Refuses a text of all goroutines that has none. A profile of leaks may have none.
fn not_empty(profile: Profile) -> Result<Profile, DecodeError> {
    let is_empty = profile.kind == Kind::Goroutine && profile.samples.is_empty();
    if is_empty { Err(DecodeError::NoGoroutines) } else { Ok(profile) }
}

fn alone(profile: Profile) -> Contents {
    one(String::new(), profile)
}

fn one(source: String, profile: Profile) -> Contents {
    Contents::Dumps(vec![Dump { source, profile }])
}

/// Decodes one form of text; `None` if the text has another form.
type TextDecoder = fn(&Text<'_>, &Limits) -> Result<Option<Profile>, DecodeError>;

fn content(bytes: Unpacked<'_>, limits: &Limits, options: &LogOptions) -> Result<Contents, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    // A page may contain a dump, and so may what follows a hole in a file.
    if let Some(error) = unsupported::identify(&bytes) {
        let may_have_a_dump = bytes.starts_with(b"\0") || bytes.trim_ascii_start().starts_with(b"<");
        if !(may_have_a_dump && log::has_header(&bytes)) {
            return Err(error);
        }
    }
    if pprof::looks_like(&bytes) && !(is_text(&bytes) && log::has_header(&bytes)) {
        return match pprof::decode(bytes, limits)? {
            Decoded::Goroutines(profile) => Ok(alone(profile)),
            Decoded::Heap(heap) => Ok(Contents::Heap(Box::new(heap))),
        };
    }
    if bytes.len() > MIN_CHUNKED && options.line_prefix.is_none() && traceback::can_read(&bytes, limits) {
        let profile = traceback::read(traceback::Source::Bytes(&bytes), limits)?;
        if !profile.has_repeats {
            return Ok(alone(not_empty(profile)?));
        }
    }
    let export = log::journal_export(&bytes).map(|export| Unpacked::Inflated(export.into_bytes().into()));
    let bytes = export.unwrap_or(bytes);
    let (lines, mut text) = Text::new(&bytes)?.into_lines();
    text.warnings.extend(log::losses(&lines));
    match log::unwrap_outer(lines, options) {
        Outer::Whole(parts) => of_parts(parts, &text, limits),
        Outer::Inner(inner) => {
            drop(bytes);
            of_parts(log::unwrap_rest(inner), &text, limits)
        }
    }
}

/// Whether bytes start as text: the year before a line may also be a field of a profile.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or(bytes);
    std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Decodes each dump of each source. `text` has the remarks on the whole input.
fn of_parts(parts: Vec<Part<'_>>, text: &Text<'_>, limits: &Limits) -> Result<Contents, DecodeError> {
    let mut decoded = DumpList::default();
    for part in parts {
        let mut notes: Vec<Warning> = part.notes.iter().map(|note| Warning::note(*note)).collect();
        let dumps = match dumps::split(&part.lines) {
            Some(Split { dumps, omitted }) => {
                notes.extend((omitted > 0).then(|| too_many_dumps(omitted)));
                dumps
            }
            None => vec![part.lines.range(Place::default(), None)],
        };
        for lines in dumps {
            decoded.add(&part.source, of_text(&text.with_lines(lines, &notes), limits))?;
        }
    }
    decoded.finish()
}

/// The dumps of an input that were decoded so far.
#[derive(Default)]
struct DumpList {
    dumps: Vec<Dump>,
    heap: Option<HeapProfile>,
    /// Why the first of the others was not.
    failed: Option<DecodeError>,
}

impl DumpList {
    fn add(&mut self, source: &str, decoded: Result<Decoded, DecodeError>) -> Result<(), DecodeError> {
        let profile = match decoded {
            Ok(Decoded::Heap(heap)) => {
                self.heap.get_or_insert(heap);
                return Ok(());
            }
            Ok(Decoded::Goroutines(profile)) => not_empty(profile),
            Err(error) => Err(error),
        };
        match profile {
            Ok(profile) => self.dumps.push(Dump { source: source.to_owned(), profile }),
            // A limit is never exceeded in silence.
            Err(error @ DecodeError::Limit { .. }) => return Err(error),
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
        Ok(())
    }

    fn finish(self) -> Result<Contents, DecodeError> {
        match (self.heap, self.failed) {
            (Some(heap), _) => Ok(Contents::Heap(Box::new(heap))),
            (None, Some(error)) if self.dumps.is_empty() => Err(error),
            (None, _) => Ok(Contents::Dumps(self.dumps)),
        }
    }
}

fn too_many_dumps(omitted: usize) -> Warning {
    let omitted = pluralize(omitted as i128, "dump");
    let most = dumps::MAX_DUMPS;
    Warning::note(format!("{omitted} before the last {most} of this process are left out"))
}

fn of_text(text: &Text<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    if let Some(heap) = heap_text::decode(text, limits)? {
        return Ok(Decoded::Heap(heap));
    }
    if let Some(error) = count_text::other_kind(text) {
        return Err(error);
    }
    // The most specific form first. A traceback may be anywhere in a log; frames without headers are looked for last.
    let forms: [TextDecoder; 7] = [
        count_text::decode,
        traceback_with_headers,
        pprof_text::decode,
        delve::decode,
        panicparse::decode,
        traceback::decode,
        counted::decode,
    ];
    for decode in forms {
        if let Some(mut profile) = decode(text, limits)? {
            profile.warnings.extend(race::warnings(text));
            return Ok(Decoded::Goroutines(profile));
        }
    }
    let known = race::error(text).or_else(|| pprof_text::unsupported(text));
    Err(known.unwrap_or_else(|| unsupported::unknown(text)))
}

fn traceback_with_headers(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let has_headers = text.lines().any(|line| traceback::is_header(line.trimmed(limits)));
    if has_headers { traceback::decode(text, limits) } else { Ok(None) }
}

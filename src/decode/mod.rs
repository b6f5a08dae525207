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
//! To add a form of text, write a `decode` function of type `TextDecoder` and add it to the list in `content`.
//!
//! **Invariant:** decoding never panics, whatever the bytes. It keeps what it can read, states in warnings what it
//! skipped, and fails only if nothing usable is left. It reads no file and knows no URL.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod ansi;
mod count_text;
mod counted;
mod delve;
mod error;
mod gzip;
mod heap_text;
mod limits;
mod panicparse;
mod pprof;
mod pprof_text;
mod quoted;
mod race;
mod text;
mod traceback;
mod unsupported;

use std::io::Read;

use crate::model::Form;
use crate::model::HeapProfile;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Warning;

pub use error::DecodeError;
use gzip::Unpacked;
pub use limits::Limits;

/// The content of a file or a response.
#[derive(Clone, Debug)]
pub enum Decoded {
    /// Goroutines, in any form and of either kind.
    Goroutines(Profile),
    /// A heap profile, which complements a goroutine profile.
    Heap(HeapProfile),
}

/// Decodes one profile or dump in any form.
///
/// ```
/// use leakscope::decode::{Decoded, Limits, decode};
/// let dump = b"goroutine 7 [chan send]:\nmain.f()\n\t/srv/f.go:3 +0x1\ncreated by main.main\n\t/srv/f.go:9 +0x2\n";
/// let Decoded::Goroutines(profile) = decode(dump, &Limits::default())? else { panic!("no heap profile") };
/// assert_eq!(profile.total(), 1);
/// # Ok::<(), leakscope::decode::DecodeError>(())
/// ```
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let (unpacked, warnings) = gzip::unpack(bytes, limits)?;
    checked(content(unpacked, limits)?, warnings)
}

/// Like [`decode`], but frees the compressed bytes once they are decompressed.
pub(crate) fn decode_owned(bytes: Vec<u8>, limits: &Limits) -> Result<Decoded, DecodeError> {
    let (unpacked, warnings) = gzip::unpack(&bytes, limits)?;
    let decoded = match unpacked {
        Unpacked::Inflated(unpacked) => {
            drop(bytes);
            content(Unpacked::Inflated(unpacked), limits)
        }
        as_is => content(as_is, limits),
    };
    checked(decoded?, warnings)
}

/// Adds warnings, and refuses a text of all goroutines that has none. A profile of leaks may have none.
fn checked(mut decoded: Decoded, warnings: Vec<Warning>) -> Result<Decoded, DecodeError> {
    match &mut decoded {
        Decoded::Goroutines(Profile { form, kind: Kind::Goroutine, samples, .. })
            if *form != Form::Pprof && samples.is_empty() =>
        {
            return Err(DecodeError::NoGoroutines);
        }
        Decoded::Goroutines(profile) => profile.warnings.splice(0..0, warnings),
        Decoded::Heap(heap) => heap.warnings.splice(0..0, warnings),
    };
    Ok(decoded)
}

/// The size in bytes from which on a plain traceback is read in chunks.
const MIN_CHUNKED: usize = 1 << 18;

/// Like [`decode`], for a reader. A long traceback is never held in memory as a whole. An error of the reader is
/// a [`DecodeError::Read`].
pub fn decode_from(reader: &mut (dyn Read + Send), limits: &Limits) -> Result<Decoded, DecodeError> {
    let error = |source| DecodeError::Read { source };
    let mut buffer = Vec::with_capacity(MIN_CHUNKED);
    let read = (&mut *reader).take(MIN_CHUNKED as u64).read_to_end(&mut buffer).map_err(error)?;
    if read < MIN_CHUNKED {
        return decode_owned(buffer, limits);
    }
    if traceback::can_read(&buffer, limits) {
        let profile = traceback::read(traceback::Source::Reader(reader, buffer), limits)?;
        return checked(Decoded::Goroutines(profile), Vec::new());
    }
    reader.read_to_end(&mut buffer).map_err(error)?;
    decode_owned(buffer, limits)
}

/// Decodes one form of text; `None` if the text has another form.
type TextDecoder = fn(&text::Text<'_>, &Limits) -> Result<Option<Profile>, DecodeError>;

fn content(bytes: Unpacked<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    if let Some(error) = unsupported::identify(&bytes) {
        return Err(error);
    }
    if pprof::looks_like(&bytes) {
        return pprof::decode(bytes, limits);
    }
    let bytes = &*bytes;
    if bytes.len() > MIN_CHUNKED && traceback::can_read(bytes, limits) {
        return traceback::read(traceback::Source::Bytes(bytes), limits).map(Decoded::Goroutines);
    }
    let text = text::Text::new(bytes)?;
    if let Some(heap) = heap_text::decode(&text, limits)? {
        return Ok(Decoded::Heap(heap));
    }
    if let Some(error) = count_text::other_kind(&text) {
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
        if let Some(mut profile) = decode(&text, limits)? {
            profile.warnings.extend(race::warnings(&text));
            return Ok(Decoded::Goroutines(profile));
        }
    }
    Err(race::error(&text).unwrap_or_else(|| unsupported::unknown(&text)))
}

fn traceback_with_headers(text: &text::Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let has_headers = text.lines().any(|line| traceback::is_header(line.trimmed(limits)));
    if has_headers { traceback::decode(text, limits) } else { Ok(None) }
}

//! Bytes to snapshots: every form in which Go writes goroutines, recognised by content and never by name.
//!
//! **Invariant:** decoding never panics, whatever the bytes. It keeps what it can read, says in warnings what it
//! skipped, and fails only when nothing of use is there. It reads no file and knows no URL.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod count_text;
mod delve;
mod error;
mod gzip;
mod heap_text;
mod inferred_leaf;
mod limits;
mod pprof;
mod pprof_text;
mod quoted;
mod text;
mod traceback;
mod unsupported;

use std::io::Read;

use crate::model::HeapProfile;
use crate::model::Profile;
use crate::model::Warning;

pub use error::DecodeError;
use gzip::Unpacked;
pub use limits::Limits;

/// What a file or an answer holds.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of a whole profile, moved a few times")]
pub enum Decoded {
    /// Goroutines, of any form and of either kind.
    Goroutines(Profile),
    /// A heap profile, which is read beside a goroutine profile.
    Heap(HeapProfile),
}

/// Decodes one profile or dump of any form.
///
/// ```
/// use leakscope::decode::{Decoded, Limits, decode};
/// let dump = b"goroutine 7 [chan send]:\nmain.f()\n\t/srv/f.go:3 +0x1\ncreated by main.main\n\t/srv/f.go:9 +0x2\n";
/// let Decoded::Goroutines(snapshot) = decode(dump, &Limits::default())? else { panic!("no heap profile") };
/// assert_eq!(snapshot.total(), 1);
/// # Ok::<(), leakscope::decode::DecodeError>(())
/// ```
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let (unpacked, warnings) = gzip::unpack(bytes, limits)?;
    Ok(with_warnings(content(unpacked, limits)?, warnings))
}

/// As [`decode`], of bytes that are given away: packed ones are let go as soon as they are unpacked.
pub(crate) fn decode_owned(bytes: Vec<u8>, limits: &Limits) -> Result<Decoded, DecodeError> {
    let (unpacked, warnings) = gzip::unpack(&bytes, limits)?;
    let decoded = match unpacked {
        Unpacked::Inflated(unpacked) => {
            drop(bytes);
            content(Unpacked::Inflated(unpacked), limits)
        }
        as_is => content(as_is, limits),
    };
    Ok(with_warnings(decoded?, warnings))
}

/// What was decoded, with what was odd about its gzip.
fn with_warnings(mut decoded: Decoded, warnings: Vec<Warning>) -> Decoded {
    match &mut decoded {
        Decoded::Goroutines(profile) => profile.warnings.splice(0..0, warnings),
        Decoded::Heap(heap) => heap.warnings.splice(0..0, warnings),
    };
    decoded
}

/// From so many bytes on a plain traceback is read piece by piece.
const LONG: usize = 1 << 18;

/// Decodes what a reader gives, as [`decode`] does; a long traceback without holding it as a whole. An error of the reader is
/// a [`DecodeError::Read`].
pub fn decode_from(reader: &mut (dyn Read + Send), limits: &Limits) -> Result<Decoded, DecodeError> {
    let mut buffer = Vec::new();
    if fill(reader, &mut buffer, LONG)? {
        return decode_owned(buffer, limits);
    }
    if traceback::begins(&buffer, limits) {
        return traceback::read(traceback::Source::Reader(reader, buffer), limits).map(Decoded::Goroutines);
    }
    reader.read_to_end(&mut buffer).map_err(|source| DecodeError::Read { source })?;
    decode_owned(buffer, limits)
}

/// Reads until there are `size` bytes; whether the reader ended before.
fn fill(reader: &mut (dyn Read + Send), buffer: &mut Vec<u8>, size: usize) -> Result<bool, DecodeError> {
    let wanted = size.saturating_sub(buffer.len());
    // Room that is there is read into in large pieces.
    buffer.reserve(wanted);
    let read =
        reader.take(wanted as u64).read_to_end(buffer).map_err(|source| DecodeError::Read { source })?;
    Ok(read < wanted)
}

/// Reads one form of text; `None` if the text is none of it.
type Form = fn(&text::Text<'_>, &Limits) -> Result<Option<Profile>, DecodeError>;

fn content(bytes: Unpacked<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    if let Some(refusal) = unsupported::name(&bytes) {
        return Err(refusal);
    }
    if pprof::looks_like(&bytes) {
        return pprof::decode(bytes, limits);
    }
    let bytes = &*bytes;
    if bytes.len() > LONG && traceback::begins(bytes, limits) {
        return traceback::read(traceback::Source::Bytes(bytes), limits).map(Decoded::Goroutines);
    }
    let text = text::Text::new(bytes)?;
    if let Some(heap) = heap_text::decode(&text, limits)? {
        return Ok(Decoded::Heap(heap));
    }
    if let Some(refusal) = count_text::other_kind(&text) {
        return Err(refusal);
    }
    // Most particular first: a traceback may stand anywhere in a log.
    let forms: [Form; 5] = [
        count_text::decode,
        traceback::decode,
        pprof_text::decode_traces,
        pprof_text::decode_top,
        delve::decode,
    ];
    for read in forms {
        if let Some(profile) = read(&text, limits)? {
            return Ok(Decoded::Goroutines(profile));
        }
    }
    Err(unsupported::unknown(&text))
}

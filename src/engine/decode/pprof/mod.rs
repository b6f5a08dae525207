//! The protobuf profile (`debug=0`): goroutine, goroutineleak and heap.
//!
//! One walk over the bytes reads the tables ([`index`]); then samples are decoded one by one into a reused message
//! ([`fast_path`]). **Invariant:** ids are keys, never indices, and no length that the input claims decides how much
//! memory is reserved.

mod fast_path;
mod goroutines;
mod index;
mod labels;
mod locations;
mod metadata;
mod stacks;
mod strings;
#[cfg(test)]
mod tests;
mod validate;
#[expect(unreachable_pub, reason = "made by prost-build from proto/profile.proto")]
mod wire;
mod wire_format;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::DecodeError;
use super::Decoded;
use super::Limits;
use super::gzip::Unpacked;
use crate::model::Allocation;
use crate::model::HeapProfile;
use crate::model::Kind;
use crate::storage::InflateBuffer;
use index::ProfileIndex;
use locations::Locations;
use stacks::StackDecoder;

/// Whether the bytes start like a profile: with a known field of the right wire type, and with bytes that no text
/// contains.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    index::starts_with_field(bytes)
        && bytes.iter().take(512).any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// Decodes a decompressed profile. If its bytes were inflated, its stacks stay in them.
pub(super) fn decode(bytes: Unpacked<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    match bytes {
        Unpacked::AsIs(bytes) => decode_bytes(bytes, Arc::default(), limits),
        Unpacked::Owned(bytes) => decode_bytes(&bytes, Arc::default(), limits),
        Unpacked::Inflated(bytes) => {
            let buffer = Arc::new(bytes);
            decode_bytes(&buffer, buffer.clone(), limits)
        }
    }
}

fn decode_bytes(bytes: &[u8], buffer: Arc<InflateBuffer>, limits: &Limits) -> Result<Decoded, DecodeError> {
    let index = ProfileIndex::new(bytes, buffer, limits)?;
    let types = index.metadata.sample_type_names(&index.strings);
    if types.iter().any(|(kind, _)| kind == "inuse_space") {
        return decode_heap(&index, &types).map(Decoded::Heap);
    }
    let is_ours = |kind: &str| matches!(kind, "goroutine" | "goroutines" | "goroutineleak");
    match types.iter().enumerate().find(|(_, (kind, _))| is_ours(kind)) {
        Some((column, sample_type)) => {
            let profile = goroutines::decode(&index, column, sample_type)?;
            // A difference may have no sample, and so may a profile of leaks.
            if index.samples == 0 && profile.kind == Kind::Goroutine && !profile.is_delta {
                return Err(DecodeError::NoGoroutines);
            }
            Ok(Decoded::Goroutines(profile))
        }
        None => Err(other_kind(&types)),
    }
}

/// Decodes a heap profile.
fn decode_heap(profile: &ProfileIndex<'_>, types: &[(String, String)]) -> Result<HeapProfile, DecodeError> {
    let column = |name: &str| types.iter().position(|(kind, _)| kind == name);
    let (bytes, objects) = (column("inuse_space"), column("inuse_objects"));
    let time_nanos = profile.metadata.time_nanos;
    let taken_at = (time_nanos > 0).then_some(time_nanos);
    let mut heap = HeapProfile { taken_at, ..HeapProfile::default() };
    let locations = Locations::new(profile, &mut heap.symbols, &mut heap.stacks)?;
    let total_frames = AtomicUsize::new(0);
    let mut stacks = StackDecoder::new(profile, profile.samples, &locations, &total_frames);
    profile.read_samples(0..profile.samples, |index, sample| {
        let value =
            |column: Option<usize>| column.and_then(|at| sample.message.value.get(at)).copied().unwrap_or(0);
        let (bytes, objects) = (value(bytes), value(objects));
        let stack = stacks.decode(index, sample)?;
        heap.allocations.push(Allocation { stack, bytes, objects });
        Ok(())
    })?;
    stacks.flush_frame_count()?;
    heap.stacks.append(stacks.stacks);
    heap.stacks.shrink_to_fit();
    Ok(heap)
}

/// Names a profile of another kind by its sample types, with the URL of the right one.
fn other_kind(types: &[(String, String)]) -> DecodeError {
    const KNOWN: [(&str, &str); 4] = [
        ("alloc_space", "an allocs profile"),
        ("contentions", "a block or mutex profile"),
        ("cpu", "a CPU profile"),
        ("threadcreate", "a threadcreate profile"),
    ];
    if types.is_empty() {
        return DecodeError::invalid("sample_type", "the profile names no sample type");
    }
    let known = KNOWN.iter().find(|(known, _)| types.iter().any(|(kind, _)| kind == known));
    let what = known.map(|(_, what)| (*what).to_owned()).unwrap_or_else(|| {
        let name =
            |(kind, unit): &(String, String)| format!("{}/{}", kind.escape_debug(), unit.escape_debug());
        let names: Vec<String> = types.iter().take(4).map(name).collect();
        format!("a profile of {}", names.join(", "))
    });
    DecodeError::other_kind(what, Some("fetch /debug/pprof/goroutine"))
}

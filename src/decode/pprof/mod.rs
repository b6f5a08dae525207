//! The protobuf profile (`debug=0`): goroutine, goroutineleak and heap.
//!
//! One walk over the bytes reads the tables ([`index`]); then samples are decoded one by one into a reused message
//! ([`sample`]). **Invariant:** ids are keys, never indices, and no length that the input claims decides how much
//! memory is reserved.

mod fast_path;
mod goroutines;
mod heap;
mod index;
mod labels;
mod locations;
mod metadata;
mod sample;
mod stacks;
mod strings;
#[cfg(test)]
mod tests;
mod validate;
#[expect(unreachable_pub, reason = "made by prost-build from proto/profile.proto")]
mod wire;
mod wire_format;

use std::sync::Arc;

use super::DecodeError;
use super::Decoded;
use super::Limits;
use super::gzip::Unpacked;
use crate::storage::InflateBuffer;
use index::ProfileIndex;

/// Whether the bytes start like a profile: with a known field of the right wire type, and with bytes that no text
/// contains.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    index::starts_with_field(bytes)
        && bytes.iter().take(512).any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// Decodes a decompressed profile. If its bytes are owned, its stacks stay in them.
pub(super) fn decode(bytes: Unpacked<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    match bytes {
        Unpacked::AsIs(bytes) => decode_bytes(bytes, Arc::default(), limits),
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
        return heap::decode(&index, &types, limits).map(Decoded::Heap);
    }
    let is_ours = |kind: &str| matches!(kind, "goroutine" | "goroutines" | "goroutineleak");
    match types.iter().enumerate().find(|(_, (kind, _))| is_ours(kind)) {
        Some((column, sample_type)) => {
            goroutines::decode(&index, column, sample_type, limits).map(Decoded::Goroutines)
        }
        None => Err(other_kind(&types)),
    }
}

/// Names a profile of another kind by its sample types, with the URL of the right one.
fn other_kind(types: &[(String, String)]) -> DecodeError {
    let has = |name: &str| types.iter().any(|(kind, _)| kind == name);
    let what = if types.is_empty() {
        return DecodeError::invalid("sample_type", "the profile names no sample type");
    } else if has("alloc_space") {
        "an allocs profile".to_owned()
    } else if has("contentions") {
        "a block or mutex profile".to_owned()
    } else if has("cpu") {
        "a CPU profile".to_owned()
    } else if has("threadcreate") {
        "a threadcreate profile".to_owned()
    } else {
        let name =
            |(kind, unit): &(String, String)| format!("{}/{}", kind.escape_debug(), unit.escape_debug());
        let names: Vec<String> = types.iter().take(4).map(name).collect();
        format!("a profile of {}", names.join(", "))
    };
    DecodeError::other_kind(what, Some("fetch /debug/pprof/goroutine"))
}

//! The protobuf profile (`debug=0`): goroutine, goroutineleak and heap.
//!
//! The tables are read in one walk over the bytes; samples are then streamed through one reused message.
//! **Invariant:** ids are keys, never indices; nothing is reserved by a length that the input claims.

mod fast_path;
mod heap;
mod index;
mod labels;
mod locations;
mod sample;
mod stacks;
#[cfg(test)]
mod tests;
mod validate;
#[expect(unreachable_pub, reason = "made by prost-build from proto/profile.proto")]
mod wire;
mod wire_format;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::DecodeError;
use super::Decoded;
use super::Limits;
use super::gzip::Unpacked;
use crate::model::Form;
use crate::model::Kind;
use crate::model::LabelTable;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::StackId;
use crate::model::StackTable;
use crate::model::Warning;
use crate::parallel::par_chunks;
use crate::storage::InflateBuffer;
use index::ProfileIndex;
use labels::LabelReader;
use locations::Locations;
use sample::RawSample;
use stacks::StackDecoder;

/// Whether the bytes begin as a profile does: a known field of the right wire type, and bytes that no text has.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    index::starts_with_field(bytes)
        && bytes.iter().take(512).any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// Decodes a profile whose gzip is undone. Where its bytes are given away, its stacks are left in them.
pub(super) fn decode(bytes: Unpacked<'_>, limits: &Limits) -> Result<Decoded, DecodeError> {
    match bytes {
        Unpacked::AsIs(bytes) => read(bytes, Arc::default(), limits),
        Unpacked::Inflated(bytes) => {
            let buffer = Arc::new(bytes);
            read(&buffer, buffer.clone(), limits)
        }
    }
}

fn read(bytes: &[u8], buffer: Arc<InflateBuffer>, limits: &Limits) -> Result<Decoded, DecodeError> {
    let tables = index::tables(bytes, buffer, limits)?;
    tables.check_strings()?;
    let types = tables.sample_type_names();
    let has = |name: &str| types.iter().any(|(kind, _)| kind == name);
    if has("inuse_space") {
        return heap::decode(&tables, &types, limits).map(Decoded::Heap);
    }
    let column = types
        .iter()
        .position(|(kind, _)| matches!(kind.as_str(), "goroutine" | "goroutines" | "goroutineleak"));
    let Some(column) = column else {
        return Err(other_kind(&types));
    };
    let kind = if types.get(column).is_some_and(|(kind, _)| kind == "goroutineleak") {
        Kind::GoroutineLeak
    } else {
        Kind::Goroutine
    };
    let (mut profile, extremes) = goroutines(&tables, kind, column, limits)?;
    validate::add(&mut profile, &extremes, &tables, types.get(column))?;
    Ok(Decoded::Goroutines(profile))
}

fn goroutines(
    tables: &ProfileIndex<'_>,
    kind: Kind,
    column: usize,
    limits: &Limits,
) -> Result<(Profile, Extremes), DecodeError> {
    let mut profile = Profile::new(Form::Pprof, kind);
    profile.taken_at = (tables.time_nanos > 0).then_some(tables.time_nanos);
    profile.program = tables.program();
    profile.build_id = tables.build_id();
    profile.has_frame_filters = tables.has_frame_filters();
    tables.warn_of_wishes(&mut profile.warnings);
    let locations = Locations::new(tables, &mut profile.symbols, &mut profile.stacks, limits)?;
    let total_frames = AtomicUsize::new(0);
    let parts = par_chunks(tables.samples, PART, |range| {
        Part::read(tables, &locations, &total_frames, column, range, limits)
    });
    let (mut extremes, mut deep, mut told) = (Extremes::default(), Vec::new(), Vec::new());
    profile.is_delta = tables.duration_nanos != 0;
    for part in parts {
        let part = part?;
        profile.is_delta |= part.samples.iter().any(|sample| sample.count < 0);
        extremes.deepest = extremes.deepest.max(part.extremes.deepest);
        extremes.stackless += part.extremes.stackless;
        part.join(&mut profile, &mut deep, &mut told);
    }
    profile.stacks.shrink_to_fit();
    profile.warnings.append(&mut told);
    locations.warn(&mut profile);
    mark_cut(&mut profile, &deep);
    if profile.is_delta {
        let text = "the difference of two moments (?seconds=N): its counts are changes, not totals";
        profile.warnings.push(Warning::note(text));
    }
    Ok((profile, extremes))
}

/// The deepest and the emptiest stacks.
#[derive(Default)]
struct Extremes {
    /// How many frames the deepest has.
    deepest: usize,
    /// Goroutines without a single frame.
    stackless: i128,
}

/// Samples that are worth a thread of their own: fewer are read before it runs.
const PART: usize = 64 << 10;

/// Some of a profile's samples, in stacks and label sets of their own numbers.
struct Part {
    samples: Vec<Sample>,
    stacks: StackTable,
    /// Stacks of 32 locations and more, and how many.
    deep: Vec<(StackId, u32)>,
    extremes: Extremes,
    labels: LabelTable,
    warnings: Vec<Warning>,
}

impl Part {
    fn read(
        tables: &ProfileIndex<'_>,
        locations: &Locations,
        total_frames: &AtomicUsize,
        column: usize,
        range: Range<usize>,
        limits: &Limits,
    ) -> Result<Part, DecodeError> {
        let mut resolver = StackDecoder::new(tables, range.len(), locations, total_frames);
        let mut reader = LabelReader::new(tables);
        let mut labels = LabelTable::default();
        let mut sample = RawSample::default();
        let mut samples = Vec::with_capacity(range.len());
        let mut stackless = 0;
        tables.each_sample(range, |index, extent| {
            tables.read_sample(index, extent, &mut sample, limits)?;
            let Some(&count) = sample.value.get(column) else {
                return Err(sample_fault(index, "has no value for its type"));
            };
            if sample.value.len() != tables.sample_types.len() {
                let fault = "has another number of values than there are sample types";
                return Err(sample_fault(index, fault));
            }
            if count == 0 {
                return resolver.pass_over(index, &sample, limits);
            }
            if sample.is_stackless() {
                stackless += i128::from(count);
            }
            let stack = resolver.stack(index, &sample, limits)?;
            let labels = reader.read(index, &sample.label, &mut labels)?;
            samples.push(Sample { stack, labels, count });
            Ok(())
        })?;
        resolver.count_all(limits)?;
        let StackDecoder { stacks, deep, deepest, .. } = resolver;
        let extremes = Extremes { deepest, stackless };
        Ok(Part { samples, stacks, deep, extremes, labels, warnings: reader.warnings })
    }

    /// Puts the samples behind those of the parts before.
    fn join(self, profile: &mut Profile, deep: &mut Vec<(StackId, u32)>, told: &mut Vec<Warning>) {
        for warning in self.warnings {
            if !told.contains(&warning) && told.len() < labels::MOST_WARNINGS {
                told.push(warning);
            }
        }
        let offset = profile.stacks.append(self.stacks);
        deep.extend(self.deep.iter().map(|(id, depth)| (StackId(id.0 + offset), *depth)));
        if profile.samples.is_empty() {
            *profile.labels = self.labels;
            profile.samples = self.samples;
            return;
        }
        let sets = profile.labels.append(&self.labels);
        profile.samples.extend(self.samples.iter().map(|sample| Sample {
            stack: StackId(sample.stack.0 + offset),
            labels: sets.get(sample.labels.0 as usize).copied().unwrap_or(sample.labels),
            ..*sample
        }));
    }
}

/// Marks the stacks that Go cut: their outermost frame is not the entry.
///
/// Go keeps 32 physical frames to 1.22 and 128 from 1.23 (`runtime/mprof.go`, `maxProfStackDepth`). A stack of 32 is
/// cut only where no stack of the file is deeper, and the profiler's own frames do not name a newer Go. `deep` are the
/// stacks of 32 and more, and how many they have.
fn mark_cut(profile: &mut Profile, deep: &[(StackId, u32)]) {
    let deepest = deep.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    let newer = || {
        (0..profile.symbols.functions_len() as u32).any(|id| {
            profile.symbols.function(crate::model::FunctionId(id))
                == "runtime.pprof_goroutineProfileWithLabels"
        })
    };
    let cap = match deepest {
        32 if !newer() => 32,
        128.. => deepest,
        _ => return,
    };
    for (id, _) in deep.iter().filter(|(_, depth)| *depth >= cap) {
        let entry = profile.stacks.frames(*id).last();
        let whole = entry.is_some_and(|frame| profile.symbols.function(frame.function) == "runtime.main");
        if !whole {
            profile.stacks.mark_cut(*id);
        }
    }
}

fn sample_fault(index: usize, fault: &str) -> DecodeError {
    DecodeError::Invalid { place: format!("sample[{index}]"), fault: fault.to_owned() }
}

/// Names a profile of another kind by its sample types, with the URL that would be right.
fn other_kind(types: &[(String, String)]) -> DecodeError {
    let has = |name: &str| types.iter().any(|(kind, _)| kind == name);
    let what = if types.is_empty() {
        return DecodeError::Invalid {
            place: "sample_type".to_owned(),
            fault: "the profile names no sample type".to_owned(),
        };
    } else if has("alloc_space") {
        "an allocs profile".to_owned()
    } else if has("contentions") {
        "a block or mutex profile".to_owned()
    } else if has("cpu") {
        "a CPU profile".to_owned()
    } else if has("threadcreate") {
        "a threadcreate profile".to_owned()
    } else {
        let names: Vec<String> = types
            .iter()
            .map(|(kind, unit)| format!("{}/{}", kind.escape_debug(), unit.escape_debug()))
            .take(4)
            .collect();
        format!("a profile of {}", names.join(", "))
    };
    DecodeError::OtherKind { what, hint: Some("pull /debug/pprof/goroutine".to_owned()) }
}

//! Goroutine and goroutineleak profiles.

use std::ops::Range;
use std::sync::atomic::AtomicUsize;

use super::super::DecodeError;
use super::index::ProfileIndex;
use super::labels::LabelReader;
use super::labels::MAX_WARNINGS;
use super::locations::Locations;
use super::stacks::StackDecoder;
use super::validate;
use super::validate::Extremes;
use crate::model::Form;
use crate::model::FunctionId;
use crate::model::Kind;
use crate::model::LabelTable;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::StackId;
use crate::model::StackTable;
use crate::model::Warning;
use crate::parallel::par_chunks;

/// Samples that are worth a thread of their own: fewer are decoded before it starts.
const MIN_SAMPLES_PER_THREAD: usize = 64 << 10;

/// Decodes a profile whose counts are in this column of its sample types.
pub(super) fn decode(
    index: &ProfileIndex<'_>,
    column: usize,
    sample_type: &(String, String),
) -> Result<Profile, DecodeError> {
    let kind = if sample_type.0 == "goroutineleak" { Kind::GoroutineLeak } else { Kind::Goroutine };
    let (metadata, strings) = (&index.metadata, &index.strings);
    let mut profile = Profile::new(Form::PPROF, kind);
    profile.taken_at = (metadata.time_nanos > 0).then_some(metadata.time_nanos);
    (profile.program, profile.build_id) = metadata.program(strings);
    profile.has_frame_filters = !metadata.frame_filters.is_empty();
    metadata.warn_about_ignored(strings, &mut profile.warnings);
    let locations = Locations::new(index, &mut profile.symbols, &mut profile.stacks)?;
    let total_frames = AtomicUsize::new(0);
    let chunks = par_chunks(index.samples, MIN_SAMPLES_PER_THREAD, |range| {
        SampleChunk::read(index, &locations, &total_frames, column, range)
    });
    let (mut extremes, mut maybe_cut, mut warnings) = (Extremes::default(), Vec::new(), Vec::new());
    profile.is_delta = metadata.duration_nanos != 0;
    for chunk in chunks {
        let chunk = chunk?;
        profile.is_delta |= chunk.samples.iter().any(|sample| sample.count < 0);
        extremes.deepest = extremes.deepest.max(chunk.extremes.deepest);
        extremes.stackless += chunk.extremes.stackless;
        chunk.append_to(&mut profile, &mut maybe_cut, &mut warnings);
    }
    profile.stacks.shrink_to_fit();
    profile.warnings.append(&mut warnings);
    locations.warn(&mut profile);
    mark_cut_stacks(&mut profile, &maybe_cut);
    if profile.is_delta {
        let text = "the difference of two snapshots (?seconds=N): its counts are changes, not totals";
        profile.warnings.push(Warning::note(text));
    }
    validate::check_plausibility(&mut profile, &extremes, index, sample_type)?;
    Ok(profile)
}

/// A range of a profile's samples, with stacks and label sets of its own.
struct SampleChunk {
    samples: Vec<Sample>,
    stacks: StackTable,
    /// See [`StackDecoder::maybe_cut`].
    maybe_cut: Vec<(StackId, u32)>,
    extremes: Extremes,
    labels: LabelTable,
    warnings: Vec<Warning>,
}

impl SampleChunk {
    fn read(
        profile: &ProfileIndex<'_>,
        locations: &Locations,
        total_frames: &AtomicUsize,
        column: usize,
        range: Range<usize>,
    ) -> Result<SampleChunk, DecodeError> {
        let mut decoder = StackDecoder::new(profile, range.len(), locations, total_frames);
        let mut reader = LabelReader::new(profile);
        let mut labels = LabelTable::default();
        let mut samples = Vec::with_capacity(range.len());
        let mut stackless = 0;
        profile.read_samples(range, |index, sample| {
            let values = &sample.message.value;
            let Some(&count) = values.get(column) else {
                return Err(sample_error(index, "has no value for its type"));
            };
            if values.len() != profile.metadata.sample_types.len() {
                return Err(sample_error(index, "has another number of values than there are sample types"));
            }
            if count == 0 {
                return decoder.check_uncounted(index, sample);
            }
            if sample.is_stackless() {
                stackless += i128::from(count);
            }
            let stack = decoder.decode(index, sample)?;
            let labels = reader.read(index, &sample.message.label, &mut labels)?;
            samples.push(Sample { stack, labels, count });
            Ok(())
        })?;
        decoder.flush_frame_count()?;
        let StackDecoder { stacks, maybe_cut, deepest, .. } = decoder;
        let extremes = Extremes { deepest, stackless };
        Ok(SampleChunk { samples, stacks, maybe_cut, extremes, labels, warnings: reader.warnings })
    }

    fn append_to(
        self,
        profile: &mut Profile,
        maybe_cut: &mut Vec<(StackId, u32)>,
        warnings: &mut Vec<Warning>,
    ) {
        for warning in self.warnings {
            if !warnings.contains(&warning) && warnings.len() < MAX_WARNINGS {
                warnings.push(warning);
            }
        }
        let offset = profile.stacks.append(self.stacks);
        maybe_cut.extend(self.maybe_cut.iter().map(|(id, depth)| (StackId(id.0 + offset), *depth)));
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

/// Marks the stacks that Go cut: they have as many locations as Go keeps, and their outermost frame is not the entry of
/// a goroutine.
///
/// Go keeps 32 locations up to 1.22 and 128 from 1.23 on (`runtime/mprof.go`, `maxProfStackDepth`). A stack of 32 is
/// cut only if no stack of the file is deeper and the profiler's own frames do not show a newer Go. `maybe_cut` are the
/// stacks of 32 locations and more, with their numbers of locations.
fn mark_cut_stacks(profile: &mut Profile, maybe_cut: &[(StackId, u32)]) {
    let deepest = maybe_cut.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    let has_function = |name: &str| {
        (0..profile.symbols.functions_len() as u32).any(|id| profile.symbols.function(FunctionId(id)) == name)
    };
    let limit = match deepest {
        32 if !has_function("runtime.pprof_goroutineProfileWithLabels") => 32,
        128.. => deepest,
        _ => return,
    };
    for (id, _) in maybe_cut.iter().filter(|(_, depth)| *depth >= limit) {
        let entry = profile.stacks.frames(*id).last();
        if entry.is_none_or(|frame| profile.symbols.function(frame.function) != "runtime.main") {
            profile.stacks.mark_cut(*id);
        }
    }
}

fn sample_error(index: usize, fault: &str) -> DecodeError {
    DecodeError::invalid(format!("sample[{index}]"), fault)
}

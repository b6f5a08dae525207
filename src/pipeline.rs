//! The straight line on one screen: bytes in, report out.

use std::io::Read;

use crate::decode::DecodeError;
use crate::decode::Decoded;
use crate::decode::Limits;
use crate::decode::decode_from;
use crate::decode::decode_owned;
use crate::diagnose::diagnose;
use crate::gate::Baseline;
use crate::gate::Policy;
use crate::gate::judge;
use crate::group::By;
use crate::model::Form;
use crate::model::HeapProfile;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Snapshot;
use crate::model::Warning;
use crate::parallel::prefetch;
use crate::report::Options;
use crate::report::Report;
use crate::report::VerdictLine;
use crate::report::report;
use crate::rules::RuleSet;
use crate::series::Series;
use crate::stacks::Filter;

/// One file or answer: its name for people, and what it holds.
#[derive(Debug)]
pub struct Input {
    /// A path or a URL.
    pub name: String,
    /// What it holds.
    pub content: Content,
}

/// What an input holds.
pub enum Content {
    /// All of it.
    Bytes(Vec<u8>),
    /// It is read while it is decoded.
    Reader(Box<dyn Read + Send>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Content::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Content::Reader(_) => f.write_str("Reader"),
        }
    }
}

impl Input {
    /// An input of which all is there.
    pub fn of_bytes(name: String, bytes: Vec<u8>) -> Self {
        Input { name, content: Content::Bytes(bytes) }
    }

    /// All that it holds; a reader is read to its end.
    pub fn bytes(&mut self) -> Result<&[u8], InputError> {
        if let Content::Reader(reader) = &mut self.content {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(|source| InputError::Decode {
                name: self.name.clone(),
                source: DecodeError::Read { source },
            })?;
            self.content = Content::Bytes(bytes);
        }
        match &self.content {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Reader(_) => Ok(&[]),
        }
    }

    /// Decodes what it holds.
    pub fn decode(self, limits: &Limits) -> Result<Decoded, InputError> {
        let decoded = match self.content {
            Content::Bytes(bytes) => decode_owned(bytes, limits),
            Content::Reader(mut reader) => decode_from(&mut *reader, limits),
        };
        decoded.map_err(|source| InputError::Decode { name: self.name, source })
    }
}

/// Several forms of one moment, before they are decoded.
#[derive(Debug)]
pub struct SnapshotInput {
    /// Where the moment came from, for people.
    pub origin: String,
    /// Its forms.
    pub files: Vec<Input>,
    /// Whether the files were found in a folder and not named one by one: then one that is no profile is passed over.
    pub found: bool,
    /// When it was taken, in nanoseconds since 1970, where the capture knows it; else the profile's own time counts.
    pub taken_at: Option<i64>,
    /// The Go version of the process, where the capture knows it.
    pub go_version: Option<String>,
}

/// An input that could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It could not be decoded.
    #[error("{name}")]
    Decode {
        /// The input.
        name: String,
        /// Why not.
        source: DecodeError,
    },
    /// There is a heap profile and nothing to lay it beside.
    #[error("{name}: a heap profile, not a goroutine profile")]
    OnlyHeap {
        /// The input.
        name: String,
        /// What it holds.
        heap: Box<HeapProfile>,
    },
    /// There is nothing at all.
    #[error("{name}: holds no profile")]
    Nothing {
        /// The input.
        name: String,
    },
}

impl InputError {
    /// The way out, one line, if there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            InputError::Decode { source, .. } => source.hint(),
            InputError::OnlyHeap { name, .. } => {
                Some(format!("give it beside one with --heap {name}, or pull /debug/pprof/goroutine"))
            }
            InputError::Nothing { .. } => {
                Some("pull one with: leakscope fetch HOST:6060 --save DIR".to_owned())
            }
        }
    }
}

/// Decodes the forms of one moment and puts them together: counts from the protobuf where there is one, else from the
/// text of counts, else from the traceback.
pub fn read_snapshot(input: SnapshotInput, limits: &Limits) -> Result<Snapshot, InputError> {
    let mut forms = Forms::default();
    let (mut only, mut failed) = (None, None);
    for file in input.files {
        let name = file.name.clone();
        match file.decode(limits) {
            Ok(decoded) => forms.add(&name, decoded),
            Err(error) if input.found => {
                if let InputError::Decode { source, .. } = &error {
                    forms.warnings.push(passed_over(&name, source));
                }
                failed = failed.or(Some(error));
            }
            Err(error) => return Err(error),
        }
        only = Some(name);
    }
    let Forms { counts, traceback, proof, heap, warnings } = forms;
    // What counts: all goroutines before the proven ones alone, counts before tracebacks.
    let (counts, traceback, proof) = match (counts, traceback, proof) {
        (Some(counts), traceback, proof) => (counts, traceback, proof),
        (None, Some(traceback), proof) => (traceback, None, proof),
        (None, None, Some(proof)) => (proof, None, None),
        (None, None, None) => {
            let name = only.unwrap_or(input.origin);
            let nothing = match heap {
                Some(heap) => InputError::OnlyHeap { name, heap: Box::new(heap) },
                None => InputError::Nothing { name },
            };
            return Err(failed.unwrap_or(nothing));
        }
    };
    let heap_time = heap.as_ref().and_then(|it: &HeapProfile| it.taken_at);
    // A series is timed by one clock: where the requests were timed, the process's own may go back or jump.
    let taken_at = input.taken_at.or(counts.taken_at).or(heap_time);
    let (origin, go_version) = (input.origin, input.go_version);
    Ok(Snapshot { origin, counts, traceback, proof, heap, taken_at, go_version, warnings })
}

/// The number of snapshots that are decoded before the caller asks for them.
const PREFETCH_DEPTH: usize = 32;

/// Reads and decodes many snapshots on all cores, ahead of the caller; the results come in order. `read` is called in no order, so
/// what one snapshot is read from must not depend on another.
pub fn read_snapshots<T: Send + 'static, R: Send + 'static>(
    inputs: Vec<T>,
    read: impl Fn(T) -> R + Send + Sync + 'static,
) -> impl Iterator<Item = R> {
    prefetch(inputs, PREFETCH_DEPTH, read)
}

/// A file of a folder that could not be decoded: no profile at all, or a damaged one, which is a loss.
fn passed_over(name: &str, why: &DecodeError) -> Warning {
    let text = format!("{name}: passed over: {why}");
    match why {
        DecodeError::OtherKind { .. } | DecodeError::Unknown { .. } => Warning::note(text),
        DecodeError::Read { .. }
        | DecodeError::Empty
        | DecodeError::Gzip { .. }
        | DecodeError::Wire { .. }
        | DecodeError::Invalid { .. }
        | DecodeError::Limit { .. }
        | DecodeError::NoGoroutine { .. } => Warning::loss(text),
    }
}

#[derive(Default)]
struct Forms {
    counts: Option<Profile>,
    traceback: Option<Profile>,
    proof: Option<Profile>,
    heap: Option<HeapProfile>,
    warnings: Vec<Warning>,
}

impl Forms {
    fn add(&mut self, name: &str, decoded: Decoded) {
        let profile = match decoded {
            Decoded::Heap(_) if self.heap.is_some() => return self.twice(name, "heap profile"),
            Decoded::Heap(heap) => {
                self.heap = Some(heap);
                return;
            }
            Decoded::Goroutines(profile) => profile,
        };
        let (place, what) = match (profile.kind, profile.form) {
            (Kind::GoroutineLeak, _) => (&mut self.proof, "goroutineleak profile"),
            (Kind::Goroutine, Form::Traceback | Form::DelveList) => (&mut self.traceback, "traceback"),
            (Kind::Goroutine, Form::Pprof | Form::CountText | Form::PprofTraces | Form::PprofTop) => {
                // The protobuf says more than the text of counts.
                let better = profile.form == Form::Pprof
                    && self.counts.as_ref().is_some_and(|it| it.form != Form::Pprof);
                let worse = profile.form != Form::Pprof
                    && self.counts.as_ref().is_some_and(|it| it.form == Form::Pprof);
                if better {
                    self.counts = None;
                }
                if worse {
                    return;
                }
                (&mut self.counts, "profile of counts")
            }
        };
        if place.is_some() {
            return self.twice(name, what);
        }
        *place = Some(profile);
    }

    fn twice(&mut self, name: &str, what: &str) {
        let text = format!(
            "{name}: a second {what} of the same moment is not used; to compare two moments, use diff"
        );
        self.warnings.push(Warning::note(text));
    }
}

/// What a gate is judged by.
pub struct GateOptions<'a> {
    /// Levels, limits, exceptions.
    pub policy: &'a Policy,
    /// What was accepted before.
    pub baseline: Option<&'a Baseline>,
    /// The day on which it is judged.
    pub today: jiff::civil::Date,
}

/// From moments to a report with a verdict.
pub fn gate(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
    gate: &GateOptions<'_>,
) -> Report {
    let series = Series::build(snapshots, by, filter);
    let mut diagnosis = diagnose(&series, rules);
    let verdict = judge(&series, &mut diagnosis.findings, gate.policy, gate.baseline, gate.today);
    let mut report = report(&series, &diagnosis, rules, options);
    report.verdict = Some(VerdictLine {
        outcome: verdict.outcome,
        denied: verdict.denied,
        allowed: verdict.allowed,
        unused_allows: verdict.unused_allows,
        remarks: verdict.remarks,
    });
    report
}

/// The last moment as a baseline.
pub fn baseline(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    reason: &str,
) -> Baseline {
    Baseline::of(&Series::build(snapshots, by, filter), reason)
}

/// From moments to a report.
pub fn run(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
) -> Report {
    report_on(&Series::build(snapshots, by, filter), rules, options)
}

/// From moments that are lined up to a report.
pub fn report_on(series: &Series, rules: &RuleSet, options: &Options) -> Report {
    report(series, &diagnose(series, rules), rules, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_in_their_order_up_to_the_first_that_fails() {
        let read = |number: usize| if number % 70 == 69 { Err(number) } else { Ok(number) };
        for inputs in [0, 1, 7, 8, 64, 65, 1000] {
            let read = read_snapshots((0..inputs).collect(), read);
            let read: Result<Vec<usize>, usize> = read.collect();
            let expected = if inputs > 69 { Err(69) } else { Ok((0..inputs).collect()) };
            assert_eq!(read, expected, "{inputs} inputs");
        }
    }
}

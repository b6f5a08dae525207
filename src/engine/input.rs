//! Inputs of a snapshot: files or answers of a server, decoded and combined.

use std::io::Read;

use crate::decode::Contents;
use crate::decode::DecodeError;
use crate::decode::Decoded;
use crate::decode::Limits;
use crate::decode::LogOptions;
use crate::decode::contents_from;
use crate::decode::contents_of_file;
use crate::decode::contents_owned;
use crate::model::Form;
use crate::model::HeapProfile;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::RowKind;
use crate::model::Snapshot;
use crate::model::Warning;
use crate::parallel::prefetch;

/// One file or one answer of a server.
pub struct Input {
    /// A path or a URL, for people.
    pub name: String,
    /// Its bytes.
    pub content: Content,
    /// How to read it if it is a log.
    pub log: LogOptions,
}

/// The bytes of an input.
pub enum Content {
    /// All bytes, in memory.
    Bytes(Vec<u8>),
    /// A reader, which is read while the profile is decoded.
    Reader(Box<dyn Read + Send>),
    /// Two readers of a file: a traceback that turns out to be several is read once more, and so is a log that cannot be read line
    /// by line.
    File(Box<dyn Read + Send>, Box<dyn Read + Send>),
}

impl Input {
    /// An input in memory.
    pub fn from_bytes(name: String, bytes: Vec<u8>) -> Self {
        Input { name, content: Content::Bytes(bytes), log: LogOptions::default() }
    }

    /// All bytes of the input. A reader is read to its end.
    pub fn bytes(&mut self) -> Result<&[u8], InputError> {
        if let Content::Reader(reader) | Content::File(reader, _) = &mut self.content {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(|source| InputError::Decode {
                name: self.name.clone(),
                source: DecodeError::Read { source },
            })?;
            self.content = Content::Bytes(bytes);
        }
        match &self.content {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Reader(_) | Content::File(..) => Ok(&[]),
        }
    }

    /// Decodes the input: of a log with several dumps the last one.
    pub fn decode(self, limits: &Limits) -> Result<Decoded, InputError> {
        let Input { name, content, log } = self;
        let decoded = contents_of(content, limits, &log).and_then(|contents| contents.into_decoded(&log));
        decoded.map_err(|source| InputError::Decode { name, source })
    }
}

fn contents_of(content: Content, limits: &Limits, log: &LogOptions) -> Result<Contents, DecodeError> {
    match content {
        Content::Bytes(bytes) => contents_owned(bytes, limits, log),
        Content::Reader(mut reader) => contents_from(&mut *reader, limits, log),
        Content::File(mut reader, mut again) => {
            contents_of_file(&mut *reader, Some(&mut *again), limits, log)
        }
    }
}

/// Whether a file was chosen by a person or by a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Somebody named the files one by one: a file that cannot be decoded is an error.
    Named,
    /// The files were found in a folder: a file that cannot be decoded is skipped with a warning.
    Found,
}

/// The inputs of one snapshot, not yet decoded.
pub struct SnapshotInput {
    /// Where the snapshot came from, for people.
    pub origin: String,
    /// Its profiles, in different forms.
    pub files: Vec<Input>,
    /// How the files were chosen.
    pub selection: Selection,
    /// When the snapshot was taken, in nanoseconds since 1970. If `None`, the profile's own time is used.
    pub taken_at: Option<i64>,
    /// The Go version of the process; `None` if it is not known.
    pub go_version: Option<String>,
}

impl SnapshotInput {
    /// A snapshot of a single input.
    pub fn from_input(input: Input) -> Self {
        let (origin, selection) = (input.name.clone(), Selection::Named);
        SnapshotInput { origin, files: vec![input], selection, taken_at: None, go_version: None }
    }
}

impl Snapshot {
    /// Decodes a profile in any form. `name` is shown in reports and errors.
    ///
    /// [`decode::Limits`](Limits) are the default ones; [`read_snapshot`] takes others.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, InputError> {
        let input = Input::from_bytes(name.into(), bytes);
        read_snapshot(SnapshotInput::from_input(input), &Limits::default())
    }

    /// As [`Snapshot::from_bytes`]; the bytes are read while they are decoded.
    pub fn from_reader(
        name: impl Into<String>,
        reader: impl Read + Send + 'static,
    ) -> Result<Self, InputError> {
        let content = Content::Reader(Box::new(reader));
        let input = Input { name: name.into(), content, log: LogOptions::default() };
        read_snapshot(SnapshotInput::from_input(input), &Limits::default())
    }
}

/// An input that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The input cannot be decoded.
    #[error("{name}")]
    Decode {
        /// The input.
        name: String,
        /// The reason.
        source: DecodeError,
    },
    /// There is a heap profile, but no goroutine profile.
    #[error("{name}: a heap profile, not a goroutine profile")]
    OnlyHeap {
        /// The input.
        name: String,
        /// The heap profile.
        heap: Box<HeapProfile>,
    },
    /// There is no profile at all.
    #[error("{name}: holds no profile")]
    Nothing {
        /// The input.
        name: String,
    },
}

impl InputError {
    /// How to fix the problem, in one line; `None` if there is no advice.
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

/// Decodes the inputs of one snapshot and combines them.
///
/// Counts are taken from the protobuf profile if there is one, otherwise from the `debug=1` text, otherwise from the traceback.
pub fn read_snapshot(input: SnapshotInput, limits: &Limits) -> Result<Snapshot, InputError> {
    let mut forms = Forms::default();
    let (mut only, mut failed) = (None, None);
    for file in input.files {
        let name = file.name.clone();
        match file.decode(limits) {
            Ok(decoded) => forms.add(&name, decoded),
            Err(error) if input.selection == Selection::Found => {
                if let InputError::Decode { source, .. } = &error {
                    forms.warnings.push(skipped(&name, source));
                }
                failed = failed.or(Some(error));
            }
            Err(error) => return Err(error),
        }
        only = Some(name);
    }
    let heap = forms.heap.take();
    let (origin, taken_at, go_version) = (input.origin.clone(), input.taken_at, input.go_version);
    if forms.is_empty() {
        let name = only.unwrap_or(input.origin);
        let error = match heap {
            Some(heap) => InputError::OnlyHeap { name, heap: Box::new(heap) },
            None => InputError::Nothing { name },
        };
        return Err(failed.unwrap_or(error));
    }
    forms.heap = heap;
    combine(forms, origin, taken_at, go_version).ok_or(InputError::Nothing { name: input.origin })
}

/// The snapshot of these forms; `None` if there are no goroutines.
fn combine(
    forms: Forms,
    origin: String,
    taken_at: Option<i64>,
    go_version: Option<String>,
) -> Option<Snapshot> {
    let Forms { counts, traceback, proof, heap, warnings } = forms;
    // A profile of all goroutines is preferred to one of the proven leaks alone, and counts to a traceback.
    let (counts, traceback, proof) = match (counts, traceback, proof) {
        (Some(counts), traceback, proof) => (counts, traceback, proof),
        (None, Some(traceback), proof) => (traceback, None, proof),
        (None, None, Some(proof)) => (proof, None, None),
        (None, None, None) => return None,
    };
    let heap_time = heap.as_ref().and_then(|it: &HeapProfile| it.taken_at);
    // The time of the request is preferred: the clock of the process may jump, and a series needs a single clock.
    let taken_at = taken_at.or(counts.taken_at).or(heap_time);
    Some(Snapshot { origin, counts, traceback, proof, heap, taken_at, go_version, warnings })
}

/// Like [`read_snapshot`], but with all snapshots of an input in their order: several if it is a log in which a process was
/// dumped several times.
pub fn read_series(mut input: SnapshotInput, limits: &Limits) -> Result<Vec<Snapshot>, InputError> {
    if input.files.len() != 1 || input.selection == Selection::Found {
        return Ok(vec![read_snapshot(input, limits)?]);
    }
    let Some(Input { name, content, log }) = input.files.pop() else { return Ok(Vec::new()) };
    let failed = |source| InputError::Decode { name: name.clone(), source };
    let series = match contents_of(content, limits, &log).map_err(failed)? {
        Contents::Heap(heap) => return Err(InputError::OnlyHeap { name, heap }),
        dumps @ Contents::Dumps(_) => dumps.into_series(&log).map_err(failed)?,
    };
    let dumps = series.len();
    let snapshot = |(profile, number): (Profile, usize)| {
        let mut forms = Forms::default();
        forms.add(&name, Decoded::Goroutines(profile));
        let origin = match dumps {
            1 => input.origin.clone(),
            _ => format!("{}, dump {number} of {dumps}", input.origin),
        };
        let (taken_at, go_version) = (input.taken_at, input.go_version.clone());
        combine(forms, origin, taken_at, go_version).ok_or_else(|| InputError::Nothing { name: name.clone() })
    };
    series.into_iter().zip(1..).map(snapshot).collect()
}

/// The number of snapshots that are decoded before the caller asks for them.
const PREFETCH_DEPTH: usize = 32;

/// Reads and decodes many snapshots on all cores, ahead of the caller. The results come in order.
///
/// `read` is called in any order, so no snapshot may depend on another. Few inputs are read one after another unless they are large,
/// that is, unless several of them take much longer than starting a thread.
pub fn read_snapshots<T: Send + 'static, R: Send + 'static>(
    inputs: Vec<T>,
    are_large: bool,
    read: impl Fn(T) -> R + Send + Sync + 'static,
) -> impl Iterator<Item = R> {
    prefetch(inputs, are_large, PREFETCH_DEPTH, read)
}

/// The warning about a file of a folder that cannot be decoded. A damaged profile is a loss; another kind of file is not.
fn skipped(name: &str, why: &DecodeError) -> Warning {
    let text = format!("{name}: passed over: {why}");
    let incomplete = !matches!(why, DecodeError::OtherKind { .. } | DecodeError::Unknown { .. });
    Warning { line: None, text, incomplete }
}

/// The decoded profiles of one snapshot, at most one for each use.
#[derive(Default)]
struct Forms {
    counts: Option<Profile>,
    traceback: Option<Profile>,
    proof: Option<Profile>,
    heap: Option<HeapProfile>,
    warnings: Vec<Warning>,
}

impl Forms {
    fn is_empty(&self) -> bool {
        self.counts.is_none() && self.traceback.is_none() && self.proof.is_none()
    }

    fn add(&mut self, name: &str, decoded: Decoded) {
        let profile = match decoded {
            Decoded::Heap(_) if self.heap.is_some() => return self.twice(name, "heap profile"),
            Decoded::Heap(heap) => {
                self.heap = Some(heap);
                return;
            }
            Decoded::Goroutines(profile) => profile,
        };
        let (place, what) = match (profile.kind, profile.form.rows()) {
            (Kind::GoroutineLeak, _) => (&mut self.proof, "goroutineleak profile"),
            (Kind::Goroutine, RowKind::Goroutine) => (&mut self.traceback, "traceback"),
            (Kind::Goroutine, RowKind::Stack | RowKind::Function) => {
                // Labels and times are in the protobuf profile alone.
                match self.counts.as_ref().map(|counts| counts.form) {
                    Some(form) if form == Form::PPROF && profile.form != Form::PPROF => return,
                    Some(form) if form != Form::PPROF && profile.form == Form::PPROF => self.counts = None,
                    Some(_) | None => {}
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
            "{name}: a second {what} of the same snapshot is not used; to compare two snapshots, use diff"
        );
        self.warnings.push(Warning::note(text));
    }
}

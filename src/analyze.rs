//! The public face: read snapshots, run an analysis, get a report.

#[cfg(feature = "files")]
use std::path::Path;

#[cfg(feature = "files")]
use crate::decode::Limits;
use crate::diagnose::ForecastLimits;
#[cfg(feature = "files")]
use crate::gate;
use crate::group::By;
#[cfg(feature = "files")]
use crate::input::Input;
#[cfg(feature = "files")]
use crate::input::InputError;
#[cfg(feature = "files")]
use crate::input::Selection;
#[cfg(feature = "files")]
use crate::input::SnapshotInput;
#[cfg(feature = "files")]
use crate::input::read_snapshot;
use crate::model::Snapshot;
use crate::pipeline;
use crate::report::Options;
use crate::report::Report;
use crate::rules::RuleSet;
#[cfg(feature = "files")]
use crate::source;
use crate::stacks::Filter;

/// How to analyze a series of snapshots. The default groups by stack, keeps all goroutines and knows the built-in rules.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    by: By,
    filter: Filter,
    rules: RuleSet,
    options: Options,
    #[cfg(feature = "files")]
    gate: Option<Gate>,
}

/// What [`Analysis::gate`] was given.
#[cfg(feature = "files")]
#[derive(Clone, Debug)]
struct Gate {
    policy: gate::Policy,
    baseline: Option<gate::Baseline>,
    today: jiff::civil::Date,
}

impl Analysis {
    /// Groups goroutines by something other than their stack.
    pub fn group_by(self, by: By) -> Self {
        Analysis { by, ..self }
    }

    /// Keeps only some goroutines and some frames.
    pub fn filter(self, filter: Filter) -> Self {
        Analysis { filter, ..self }
    }

    /// Uses these rules instead of the built-in ones.
    pub fn rules(self, rules: RuleSet) -> Self {
        Analysis { rules, ..self }
    }

    /// Limits of the process. The report says when growth reaches them.
    pub fn limits(mut self, limits: ForecastLimits) -> Self {
        self.options.outlook = limits;
        self
    }

    /// The maximum number of groups in the report; 0 means all. The default is 20. Findings are not limited.
    pub fn max_groups(mut self, max_groups: usize) -> Self {
        self.options.limit = max_groups;
        self
    }

    /// Adds the verdict of a gate to the report. `today` decides which allow entries of the policy have expired.
    #[cfg(feature = "files")]
    pub fn gate(
        self,
        policy: &gate::Policy,
        baseline: Option<&gate::Baseline>,
        today: jiff::civil::Date,
    ) -> Self {
        // Copied once for each analysis, so that the caller need not keep them.
        let gate = Gate { policy: policy.clone(), baseline: baseline.cloned(), today };
        Analysis { gate: Some(gate), ..self }
    }

    /// Analyzes the snapshots of one process, oldest first.
    pub fn run(&self, snapshots: impl IntoIterator<Item = Snapshot>) -> Report {
        let Analysis { by, filter, rules, options, .. } = self;
        let snapshots = snapshots.into_iter();
        #[cfg(feature = "files")]
        if let Some(Gate { policy, baseline, today }) = &self.gate {
            let gate = pipeline::GateOptions {
                policy,
                baseline: baseline.as_ref(),
                today: *today,
                source: pipeline::Source::default(),
            };
            return pipeline::gate(snapshots, by, filter, rules, options, &gate);
        }
        pipeline::run(snapshots, by, filter, rules, options)
    }
}

/// A snapshot that cannot be read from a file or folder.
#[cfg(feature = "files")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file or folder cannot be read.
    #[error(transparent)]
    Source(#[from] source::SourceError),
    /// Its bytes cannot be decoded.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The folder holds several captures; see [`ReadSnapshot::read_series`].
    #[error("{path}: holds {captures} captures, not one")]
    Several {
        /// The folder.
        path: String,
        /// The number of captures in it.
        captures: usize,
    },
}

/// The maximum size in bytes of what one snapshot is read from.
#[cfg(feature = "files")]
const MAX_INPUT: u64 = 224 << 20;

/// Reads snapshots from files: in scope, it gives [`Snapshot`] these functions.
///
/// ```no_run
/// use leakscope::ReadSnapshot;
/// use leakscope::Snapshot;
///
/// let snapshot = Snapshot::read("goroutines.txt")?;
/// # Ok::<(), leakscope::ReadError>(())
/// ```
#[cfg(feature = "files")]
pub trait ReadSnapshot: Sized {
    /// Reads one profile from a file, or standard input for `-`. The file has at most 224 MiB.
    fn read(path: impl AsRef<Path>) -> Result<Self, ReadError>;

    /// Reads a capture folder: its files are different profiles of one snapshot. They have at most 224 MiB together.
    fn from_folder(path: impl AsRef<Path>) -> Result<Self, ReadError>;

    /// Reads a folder of capture folders, in the order of their names, which is the order of time for `leakscope fetch --save`.
    fn read_series(path: impl AsRef<Path>) -> Result<Vec<Self>, ReadError>;
}

#[cfg(feature = "files")]
impl ReadSnapshot for Snapshot {
    fn read(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        Ok(Snapshot::from_reader(path.display().to_string(), source::open_input(path, MAX_INPUT)?)?)
    }

    fn from_folder(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let mut captures = source::list_folder(path)?;
        match (captures.pop(), captures.len()) {
            (Some(capture), 0) => Ok(decode_folder(capture.read(MAX_INPUT)?)?),
            (_, others) => Err(ReadError::Several { path: path.display().to_string(), captures: others + 1 }),
        }
    }

    fn read_series(path: impl AsRef<Path>) -> Result<Vec<Self>, ReadError> {
        let captures = source::list_folder(path.as_ref())?;
        captures.into_iter().map(|capture| Ok(decode_folder(capture.read(MAX_INPUT)?)?)).collect()
    }
}

#[cfg(feature = "files")]
fn decode_folder(folder: source::CaptureFolder) -> Result<Snapshot, InputError> {
    read_snapshot(folder.into(), &Limits::default())
}

#[cfg(feature = "files")]
impl From<source::CaptureFolder> for SnapshotInput {
    fn from(folder: source::CaptureFolder) -> Self {
        let first = folder.meta.iter().flat_map(|meta| &meta.files).map(|file| file.requested_at).min();
        let path = folder.path;
        let input = |name: &str, bytes| Input::from_bytes(path.join(name).display().to_string(), bytes);
        SnapshotInput {
            origin: path.display().to_string(),
            files: folder.files.into_iter().map(|file| input(&file.name, file.bytes)).collect(),
            selection: Selection::Found,
            taken_at: first.and_then(|time| i64::try_from(time.as_nanosecond()).ok()),
            go_version: folder.meta.and_then(|meta| meta.go_version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(goroutines: u32) -> Vec<u8> {
        let stack = "[chan send]:\nmain.work()\n\t/srv/work.go:3 +0x1\ncreated by main.serve\n\t/srv/serve.go:9 +0x2\n\n";
        (1..=goroutines).flat_map(|id| format!("goroutine {id} {stack}").into_bytes()).collect()
    }

    #[test]
    fn a_leak_is_found_and_denied() {
        let before = Snapshot::from_bytes("before", dump(3)).expect("it is a traceback");
        let after =
            Snapshot::from_reader("after", std::io::Cursor::new(dump(40))).expect("it is a traceback");
        let analysis = Analysis::default().max_groups(1);
        #[cfg(feature = "files")]
        let analysis = {
            let limits = gate::GateLimits { max_growth: Some(20), ..Default::default() };
            let policy = gate::Policy { limits, ..Default::default() };
            analysis.gate(&policy, None, jiff::civil::date(2026, 1, 1))
        };
        let report = analysis.run([before, after]);
        let shown: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        assert!(shown.iter().any(|it| it.contains("grew (suspect): 40 goroutines")), "{shown:?}");
        #[cfg(feature = "files")]
        assert_eq!(report.verdict.map(|verdict| verdict.outcome), Some(gate::GateOutcome::Denied));
    }
}

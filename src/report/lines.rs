//! The parts of a report: plain values, in the order in which they are shown.

use std::fmt;
use std::ops::Deref;

use crate::diagnose::Explanation;
use crate::diagnose::Finding;
use crate::diagnose::Forecast;
use crate::diagnose::HeapHeld;
#[cfg(feature = "files")]
use crate::gate::GateVerdict;
use crate::golang::Owner;
use crate::golang::owner;
use crate::group::LabelKey;
use crate::group::LabelValues;
use crate::model::Basis;
use crate::model::BlockedOn;
use crate::series::Change;
use crate::series::Column;
use crate::series::growth::Growth;
use crate::text::ShownLabels;
use crate::text::escape;
use crate::text::with_thousands;
use crate::text::word;
use crate::text::words;

use super::conclusion::Conclusion;
use super::death_line::DeathLine;
use super::frame_line::FrameLine;
use super::from_source::FromSource;
use super::main_module::MainModule;
use super::prevention::GoTest;
use super::prevention::RegressionCommands;
use super::source_link::SourceLink;

/// Everything that a report says. Renderers see this and nothing else.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The name of the program; `None` if no profile records it.
    pub program: Option<String>,
    /// The snapshots, oldest first.
    pub snapshots: Vec<Column>,
    /// Hours from the first to the last snapshot; `None` if times are missing.
    pub hours: Option<f64>,
    /// Why the process of the last snapshot died; `None` if it is alive, or if the snapshot does not say.
    pub death: Option<DeathLine>,
    /// How labels are shown. Values that look like secrets are masked already.
    pub shown_labels: ShownLabels,
    /// The dimensions of grouping, as `--by` names them.
    pub by: Vec<String>,
    /// The groups that are shown, the most important first.
    pub groups: Vec<GroupLine>,
    /// The findings, the most important first.
    pub findings: Vec<FindingLine>,
    /// For each limit of the process that was given: when all growth together reaches it.
    pub outlook: Vec<Forecast>,
    /// The verdict of the gate; `None` without a gate.
    #[cfg(feature = "files")]
    pub verdict: Option<GateVerdict>,
    /// Everything that is known about one group; `None` unless [`Options::explain`](super::Options::explain) asks for it.
    pub explanation: Option<Explanation>,
    /// Why [`Options::explain`](super::Options::explain) could not be done; `None` if it could, or was not asked for.
    pub not_explained: Option<NotExplained>,
    /// The main module of the program, to which positions are relative.
    pub main_module: MainModule,
    /// What grows.
    pub conclusion: Conclusion,
    /// The folder that the excerpts were found in, relative to the root of its repository; empty for the root itself. `None` if no
    /// repository is known.
    pub source_folder: Option<String>,
    /// Whether the reader has said where the source is. Then no sentence asks for it.
    pub is_source_given: bool,
    /// Groups that are not shown.
    pub omitted: Omitted,
    /// How to see growth, from [`Options::next_step`](super::Options::next_step); `None` unless a second snapshot can be added.
    pub next_step: Option<String>,
    /// How to get a traceback, from [`Options::traceback`](super::Options::traceback).
    pub traceback: Option<String>,
    /// The labels of the last snapshot: the key of the most goroutines first.
    pub labels: Vec<LabelValues>,
    /// Warnings about the series. Those about one snapshot are in [`Column::warnings`].
    pub warnings: Vec<String>,
    /// The command line that made the report, without its secrets; `None` if no command line did.
    pub command: Option<String>,
    /// How positions are linked to a forge; `None` if they are not.
    pub source_link: Option<SourceLink>,
}

impl Report {
    /// What its readers know it by: the program, or its module where no profile names it. `None` if neither is known.
    pub fn program_or_module(&self) -> Option<&str> {
        // A traceback does not name the program.
        let module = || self.main_module.path().filter(|it| !it.is_empty());
        self.program.as_deref().or_else(module)
    }

    /// Shows at most this many groups; 0 means all. What the report concludes stays, because it is of all groups.
    pub fn limit_groups(&mut self, limit: usize) {
        if limit == 0 || limit >= self.groups.len() {
            return;
        }
        let rest = self.groups.split_off(limit);
        self.omitted.groups += rest.len();
        self.omitted.goroutines += rest.iter().map(GroupLine::count).sum::<i128>();
    }
}

/// Why no single group is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotExplained {
    /// What is wrong.
    pub message: String,
    /// What was probably meant, or what there is.
    pub hint: String,
}

/// Groups that are not shown because of the maximum number of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Omitted {
    /// The number of groups.
    pub groups: usize,
    /// Their goroutines in the last snapshot.
    pub goroutines: i128,
}

/// One group.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GroupLine {
    /// The fingerprint: 16 hex digits.
    pub fingerprint: String,
    /// Goroutines in each snapshot.
    pub counts: Vec<i128>,
    /// The last count minus the first.
    pub gain: i128,
    /// How the count changed.
    pub change: Change,
    /// Goroutines gained per hour; `None` without times or with a single snapshot.
    pub per_hour: Option<f64>,
    /// The stack, leaf first. At most one frame if groups are not by stack.
    pub stack: Vec<FrameLine>,
    /// Whether Go left out a part of the stack.
    pub cut: bool,
    /// Labels that all its goroutines have.
    pub labels: Vec<(String, String)>,
    /// How many goroutines have each label key, and with how many values.
    pub label_keys: Vec<LabelKey>,
    /// The dimensions of the key other than the stack, with their values; `None` for goroutines that have no value.
    pub key: Vec<(String, Option<String>)>,
    /// What its goroutines are blocked on; `None` if it is not known.
    pub blocked_on: Option<(BlockedOn, Basis)>,
    /// The purpose of a wait for the network or of a system call; `None` if no frame shows it.
    pub blocked_detail: Option<String>,
    /// The same in Go's words; `None` without a traceback.
    pub state: Option<String>,
    /// Its goroutines by their states in Go's words, the most frequent first; empty without a traceback.
    pub states: Vec<(String, i128)>,
    /// What they are blocked on and how many are, the most frequent first, if not all wait for the same; otherwise empty. A goroutine that
    /// is not blocked has Go's word for that.
    pub waits: Vec<(String, i128)>,
    /// How long they have waited; `None` without a traceback.
    pub waited: Option<Waited>,
    /// The first frame outside Go's runtime and standard library.
    pub site: Option<FrameLine>,
    /// The first frame of the user's code.
    pub site_in_user_code: Option<FrameLine>,
    /// The site, if it is in a dependency of the program.
    pub site_in_library: Option<FrameLine>,
    /// The frame that names the group: of the user's code if there is one, otherwise the site, otherwise a frame near the leaf.
    pub name: Option<FrameLine>,
    /// The function outside the user's code that [`GroupLine::name`], a frame of the user's, calls; `None` if it calls none that says more
    /// than [`GroupLine::blocked_on`].
    pub calls: Option<FrameLine>,
    /// The frame that waits, if it is not [`GroupLine::name`]: of a library, or of the standard library if it says more than
    /// [`GroupLine::blocked_on`].
    pub waits_in: Option<FrameLine>,
    /// The `go` statement that started them. Its line is 0 if only the function is known.
    pub spawn_site: Option<(FrameLine, Basis)>,
    /// The `go` statements that a traceback states and how many each started, the most frequent first; empty without a traceback, and if
    /// groups are not by stack.
    pub spawn_sites: Vec<(FrameLine, i128)>,
    /// The outermost frame.
    pub entry: Option<FrameLine>,
    /// Whether it is the goroutine that wrote the profile.
    pub observer: bool,
    /// How many goroutines Go's garbage collector proved leaked; `None` without a goroutineleak profile.
    pub proven_leaked: Option<i128>,
    /// The verdict on growth; `None` with a single snapshot.
    pub growth: Option<Growth>,
    /// Whether it grows, grew by more than chance and load explain, or gained proven leaks. Always false with a single snapshot.
    pub grows: bool,
    /// An estimate of the live bytes that they hold; `None` without a heap profile, or if it shows nothing.
    pub heap_held: Option<HeapHeld>,
    /// What it does, if it is a background goroutine whose number is normal.
    pub background: Option<String>,
    /// What a Go test needs to detect it; `None` if the stack has no frame.
    pub test: Option<GoTest>,
}

/// A finding with what is shown beside it. It derefs to the [`Finding`].
///
/// Its `Display` is one line, without the evidence.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FindingLine {
    /// What is wrong, and how we know.
    pub finding: Finding,
    /// What the source says, for people. [`Finding::source`] has all of it.
    pub from_source: FromSource,
    /// Lines of the user's source, from [`Report::add_source`]: the line that blocks, and the `go` statement.
    pub excerpts: Vec<SourceLines>,
    /// The leading group. It may be missing in [`Report::groups`].
    pub lead: GroupLine,
    /// Goroutines of all its groups in each snapshot.
    pub counts: Vec<i128>,
    /// Whether one of its groups grows.
    pub grows: bool,
    /// The user's code behind it, the likeliest first; empty where the leading stack shows it, or where no form knows it.
    pub callers: Vec<Caller>,
    /// An estimate of the live bytes that all its goroutines hold; `None` without a heap profile, or if it shows nothing.
    pub heap_held: Option<HeapHeld>,
    /// When its growth alone reaches the limits of the process; empty if that is not known.
    pub outlook: Vec<Forecast>,
    /// Commands that detect it when it comes back; `None` unless the confidence is `Likely` or `Proven`.
    pub keep: Option<RegressionCommands>,
}

impl Deref for FindingLine {
    type Target = Finding;

    fn deref(&self) -> &Finding {
        &self.finding
    }
}

impl FindingLine {
    /// Whether any form names code of the user's that has to do with it.
    pub fn names_users_code(&self) -> bool {
        let is_users = |frame: &FrameLine| owner(&frame.function, &frame.file) == Owner::User;
        let spawn = self.lead.spawn_site.as_ref().is_some_and(|(frame, _)| is_users(frame));
        spawn || self.lead.site_in_user_code.is_some() || !self.callers.is_empty()
    }
}

impl fmt::Display for FindingLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, confidence) = (self.level.as_str(), self.confidence.as_str());
        write!(f, "{level} {} ({confidence}): {}", escape(&self.rule), escape(&self.message))
    }
}

/// A place in the user's code that has to do with a finding whose own stack is a library's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user's function; its line is 0 if only the function is known.
    pub frame: FrameLine,
    /// The function of the library that it calls; `None` if it is not known.
    pub calls: Option<String>,
    /// What connects it with the finding.
    pub fit: CallerFit,
    /// Where it was seen.
    pub source: CallerSource,
    /// Whether the profile states that it started the goroutines.
    pub basis: Basis,
}

impl Caller {
    /// `probably made by main.f (/srv/main.go:3)`
    pub(super) fn in_short(&self) -> String {
        format!("{} {}", self.verb(), self.place())
    }

    /// How the user's code has to do with it: `probably made by`.
    pub fn verb(&self) -> &'static str {
        match (self.fit.is_maker(), self.basis) {
            (true, Basis::Stated) => "made by",
            (true, Basis::Inferred) => "probably made by",
            (false, _) => "used by",
        }
    }

    /// `main.f (/srv/main.go:3)`
    pub(super) fn place(&self) -> String {
        let FrameLine { function, file, line } = &self.frame;
        let (function, file) = (word(function), word(file));
        match (file.as_ref(), line) {
            ("", _) => function.into_owned(),
            (file, 0) => format!("{function} ({file})"),
            (file, line) => format!("{function} ({file}:{line})"),
        }
    }
}

words! {
    /// What connects a place in the user's code with a finding, the strongest first.
    pub enum CallerFit {
        /// It calls the function that starts the goroutines.
        CallsCreator = "calls the function that starts them",
        /// It started or runs a goroutine from which they descend.
        Ancestor = "started the goroutine that started them",
        /// It is on another stack of the finding.
        SameFinding = "is on another stack of the finding",
        /// It calls a method of the type that the goroutines serve.
        SameObject = "calls the same object",
        /// It calls the package that they run.
        SamePackage = "calls the same package",
        /// It calls a package whose goroutines always have the same number.
        Lockstep = "calls a package whose goroutines grow in lockstep",
        /// It calls another package of the module that they run.
        SameModule = "calls the same module",
    }
}

impl CallerFit {
    /// Whether it probably made what leaks; otherwise it uses the same library.
    pub fn is_maker(self) -> bool {
        match self {
            CallerFit::CallsCreator | CallerFit::Ancestor | CallerFit::SameFinding => true,
            CallerFit::SameObject | CallerFit::SamePackage | CallerFit::Lockstep | CallerFit::SameModule => {
                false
            }
        }
    }
}

words! {
    /// Where a place in the user's code was seen, the most certain first.
    pub enum CallerSource {
        /// The stack of an ancestor at its `go` statement, as a traceback lists it.
        Ancestor = "ancestor",
        /// A goroutine that started others.
        Parent = "parent",
        /// The stacks of other goroutines.
        Stacks = "stacks",
        /// The stacks of a heap profile.
        Heap = "heap",
    }
}

/// Lines of the user's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLines {
    /// `blocked` or `started`.
    pub what: &'static str,
    /// The file, relative to the source folder.
    pub file: String,
    /// The line that the profile names, from 1.
    pub line: u32,
    /// That line and the lines around it, with their numbers; empty if the file is too short.
    pub lines: Vec<(u32, String)>,
    /// Why the program cannot have been built from these lines; `None` if it may have been.
    pub doubt: Option<String>,
}

impl GroupLine {
    /// Goroutines in the last snapshot.
    pub fn count(&self) -> i128 {
        self.counts.last().copied().unwrap_or(0)
    }

    /// What its goroutines are blocked on; where they differ, how many on what: `6 select, 4 runnable`. `None` if it is not known.
    pub fn blocked_on_words(&self) -> Option<String> {
        let (class, _) = self.blocked_on?;
        if self.waits.is_empty() {
            return Some(class.as_str().to_owned());
        }
        let part = |(wait, count): &(String, i128)| format!("{} {wait}", with_thousands(*count));
        let mut parts: Vec<String> = self.waits.iter().take(MAX_WAITS).map(part).collect();
        if self.waits.len() > MAX_WAITS {
            parts.push("…".to_owned());
        }
        Some(parts.join(", "))
    }
}

/// Kinds of waits that words name.
const MAX_WAITS: usize = 3;

/// Waiting times in seconds. Tracebacks record whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// The shortest.
    pub min_s: u64,
    /// The median; `None` if only the range is known.
    pub median_s: Option<u64>,
    /// The longest.
    pub max_s: u64,
}

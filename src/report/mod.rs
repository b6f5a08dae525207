//! All that a command has to say, in one value: what renderers see, and all that they see.
//!
//! **Invariant:** the order of rows and how many are shown is decided here, so that every format agrees.

mod build;
mod go_test;
mod heap_alone;
mod main_module;
mod regression;

pub use build::Options;
pub use build::report;
pub use go_test::GoTest;
pub use go_test::TestableStack;
pub use go_test::TestableStacks;
pub use heap_alone::HeapAlone;
pub use heap_alone::HeapSite;
pub use main_module::MainModule;
pub use regression::Keep;
pub use regression::KeepLine;

use crate::diagnose::Explanation;
use crate::diagnose::Forecast;
pub use crate::gate::GateOutcome;
use crate::group::LabelKey;
use crate::model::Basis;
use crate::series::Change;

/// All that a command has to say.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the program, where a form says it.
    pub program: Option<String>,
    /// The moments, oldest first.
    pub snapshots: Vec<SnapshotLine>,
    /// Hours from the first to the last moment; `None` if times are missing.
    pub hours: Option<f64>,
    /// What the groups are grouped by, in the words of `--by`.
    pub by: Vec<String>,
    /// The groups that are shown, most important first.
    pub groups: Vec<GroupLine>,
    /// What is wrong, what to act on first.
    pub findings: Vec<FindingLine>,
    /// What all growth together makes of the limits that the user named, one for each; empty if none was named.
    pub outlook: Vec<Forecast>,
    /// What the gate says; `None` for other commands.
    pub verdict: Option<VerdictLine>,
    /// All that is known of one group, where that was asked for.
    pub explained: Option<Explanation>,
    /// The program's own module, to which positions are relative.
    pub main_module: MainModule,
    /// Why nothing grows, as half a sentence; `None` if there is a finding, or with a single snapshot.
    pub calm: Option<String>,
    /// Groups that the limit left out, and their goroutines in the last moment.
    pub left_out: LeftOut,
    /// How to see growth where there is a single snapshot: a sentence that ends with a command. `None` where no second one
    /// can be had, and with several.
    pub next: Option<String>,
    /// How a traceback can be had where there is none.
    pub traceback: Option<String>,
    /// What concerns all moments.
    pub warnings: Vec<String>,
}

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictLine {
    /// How it ended.
    pub outcome: GateOutcome,
    /// Findings at level deny.
    pub denied: usize,
    /// What an entry of the policy allowed, a line each.
    pub allowed: Vec<String>,
    /// Entries that matched nothing.
    pub unused_allows: Vec<String>,
    /// Entries that have ended or pin too many, a line each.
    pub remarks: Vec<String>,
}

/// What a limit left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Groups.
    pub groups: usize,
    /// Their goroutines in the last moment.
    pub goroutines: i128,
}

/// One moment.
#[derive(Clone, Debug)]
pub struct SnapshotLine {
    /// Where it came from.
    pub origin: String,
    /// The form that counts are from: `pprof`, `debug1`, `debug2`.
    pub form: &'static str,
    /// The profile: `goroutine` or `goroutineleak`.
    pub kind: &'static str,
    /// Whether its counts are changes and no totals.
    pub is_delta: bool,
    /// When it was taken, in nanoseconds since 1970.
    pub taken_at: Option<i64>,
    /// Goroutines.
    pub goroutines: i128,
    /// Goroutines that the input claims.
    pub declared_total: Option<i128>,
    /// The Go version.
    pub go_version: Option<String>,
    /// Different stacks.
    pub stacks_unique: usize,
    /// Whether a traceback, a proof and a heap profile were had.
    pub has: Had,
    /// Whether a part of the input was lost.
    pub incomplete: bool,
    /// What could not be read, and other remarks.
    pub warnings: Vec<String>,
}

/// Which forms a moment was seen through beside its counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Had {
    /// A traceback.
    pub traceback: bool,
    /// A goroutineleak profile.
    pub proof: bool,
    /// A heap profile.
    pub heap: bool,
}

/// One group.
#[derive(Clone, Debug)]
pub struct GroupLine {
    /// Its name for baselines: 16 hex digits.
    pub fingerprint: String,
    /// Goroutines in each moment.
    pub counts: Vec<i128>,
    /// The last count less the first.
    pub gain: i128,
    /// What became of it.
    pub change: Change,
    /// Goroutines gained in an hour; `None` without times or with one moment.
    pub per_hour: Option<f64>,
    /// Its stack, leaf first; one frame or none where it is not grouped by stack.
    pub stack: Vec<FrameLine>,
    /// Whether Go cut or elided a part of the stack.
    pub cut: bool,
    /// Labels that all its goroutines carry.
    pub labels: Vec<(String, String)>,
    /// How label keys spread over its goroutines: key, goroutines that carry it, different values, the most frequent
    /// value and how many carry that.
    pub label_keys: Vec<LabelKey>,
    /// What it is grouped by, and the value of each but the stack; `None` for a goroutine without it.
    pub key: Vec<(String, Option<String>)>,
    /// What blocks its goroutines.
    pub blocked_on: Option<(&'static str, Basis)>,
    /// What a wait for the network or a system call is for; `None` where no frame tells.
    pub blocked_detail: Option<String>,
    /// The same in Go's own words.
    pub state: Option<String>,
    /// How long they waited.
    pub waited: Option<Waited>,
    /// The first frame that is neither Go's runtime nor its standard library.
    pub site: Option<FrameLine>,
    /// The first frame of the user's own code.
    pub site_in_user_code: Option<FrameLine>,
    /// The first frame of a library that the program depends on, where one stands further in than the user's code.
    pub site_in_library: Option<FrameLine>,
    /// The frame that names the row: the user's own where there is one, else the site, else the leaf.
    pub name: Option<FrameLine>,
    /// Where it waits, if not in the frame that names the row: the frame of a library, or of the standard library if that
    /// says more than what it is blocked on.
    pub waits_in: Option<FrameLine>,
    /// Where they were started. The line is 0 where only the function is known.
    pub spawn_site: Option<(FrameLine, Basis)>,
    /// The outermost frame.
    pub entry: Option<FrameLine>,
    /// Whether it is the request for the profile itself.
    pub observer: bool,
    /// How many the collector proved leaked; `None` where it was not asked.
    pub proven_leaked: Option<i128>,
    /// The verdict on growth; `None` with one moment.
    pub growth: Option<GrowthLine>,
    /// Whether it grows, grew by more than chance and load explain, or gained goroutines that are proven leaked: the one answer
    /// that all parts of a report share. Always false with one snapshot.
    pub grows: bool,
    /// Live bytes that they hold, an estimate; `None` without a heap profile, or where nothing can be said.
    pub heap_held: Option<HeapLine>,
    /// What it is, if it is a background goroutine that is fine in this number.
    pub background: Option<String>,
    /// What a Go test of it is about.
    pub test: Option<GoTest>,
}

/// A verdict on growth in words.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthLine {
    /// `growing`, `steady`, `fluctuating`, `shrinking` or `unclear`.
    pub verdict: &'static str,
    /// What the curve looks like: `grew`, `grows with load`, `plateau`, `burst`, `sawtooth`; `None` if it has no name.
    pub shape: Option<&'static str>,
    /// What the verdict rests on: `counts` or `cohort`.
    pub basis: &'static str,
    /// Goroutines in an hour; `None` without times.
    pub per_hour: Option<f64>,
    /// How likely chance alone is; `None` where nothing was tested.
    pub p_value: Option<f64>,
    /// The sentence from which it can be recomputed.
    pub reason: String,
}

/// What goroutines hold of the heap.
#[derive(Clone, Debug, PartialEq)]
pub struct HeapLine {
    /// Live bytes in all.
    pub bytes: i128,
    /// The function that allocated most of them.
    pub allocated_at: Option<String>,
    /// Bytes for each, and how well bytes follow counts (r²), where a series shows it.
    pub each: Option<(f64, f64)>,
}

/// Lines of the user's own source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLines {
    /// `blocked` or `started`.
    pub what: &'static str,
    /// The file, relative to the source folder.
    pub file: String,
    /// The line that the profile names, from 1.
    pub line: u32,
    /// That line and those around it, with their numbers. Empty if the file has fewer.
    pub lines: Vec<(u32, String)>,
    /// Why these cannot be the lines that were built; `None` if nothing speaks against it.
    pub doubt: Option<String>,
}

impl Report {
    /// Lays lines of source beside the findings. `read` gives the file and the lines around a frame's position, or `None`
    /// where there is no such file.
    pub fn add_source(&mut self, read: impl Fn(&FrameLine) -> Option<(String, Vec<(u32, String)>)>) {
        for finding in &mut self.findings {
            let spawn = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame);
            let wanted = [("blocked", finding.lead.name.as_ref()), ("started", spawn)];
            finding.excerpts = wanted
                .into_iter()
                .filter_map(|(what, frame)| {
                    let frame = frame.filter(|frame| frame.line > 0)?;
                    let (file, lines) = read(frame)?;
                    let doubt = doubt(what, frame.line, &lines);
                    Some(SourceLines { what, file, line: frame.line, lines, doubt })
                })
                .collect();
        }
    }
}

/// What speaks against lines being those that were built.
fn doubt(what: &str, line: u32, lines: &[(u32, String)]) -> Option<String> {
    let Some((_, text)) = lines.iter().find(|(number, _)| *number == line) else {
        return Some(format!("the file has no line {line}: it has changed since the program was built"));
    };
    let text = text.trim();
    if text.is_empty() || text.starts_with("//") {
        return Some(format!("line {line} holds no code: the file has changed since the program was built"));
    }
    let starts = text.starts_with("go ")
        || text.contains(" go ")
        || text.contains(".Go(")
        || text.contains("AfterFunc(");
    (what == "started" && !starts)
        .then(|| format!("line {line} has no go statement: the file has changed since the program was built"))
}

/// What is wrong, in words.
#[derive(Clone, Debug)]
pub struct FindingLine {
    /// The rule that says most of it.
    pub rule: String,
    /// `allow`, `warn` or `deny`.
    pub level: &'static str,
    /// `proven`, `likely`, `suspect` or `watch`.
    pub confidence: &'static str,
    /// The groups it covers, the leading one first.
    pub fingerprints: Vec<String>,
    /// Mechanisms, the likeliest first.
    pub causes: Vec<String>,
    /// What the rule is about: a guess where the confidence is not `likely` or `proven`. Empty if no rule holds.
    pub title: String,
    /// The heading: how many do what.
    pub heading: String,
    /// The heading with its place.
    pub message: String,
    /// How we know, with every figure.
    pub evidence: Vec<String>,
    /// The strongest of it for a page: at most four short sentences.
    pub main_evidence: Vec<String>,
    /// What to change; empty if nothing can be said.
    pub advice: String,
    /// The change as Go; empty if words say it better.
    pub sketch: String,
    /// Lines of the user's source, where it was given: the line that blocks, and the `go` statement.
    pub excerpts: Vec<SourceLines>,
    /// Where the rule's knowledge comes from.
    pub links: Vec<String>,
    /// The leading group, also where the limit leaves it out of the table.
    pub lead: GroupLine,
    /// Goroutines of all its groups in each moment.
    pub counts: Vec<i128>,
    /// Whether one of its groups grows.
    pub grows: bool,
    /// When its growth alone takes the process to the limits that the user named; empty where that cannot be told.
    pub outlook: Vec<Forecast>,
    /// What keeps it fixed; `None` where it is not sure that anything is wrong.
    pub keep: Option<KeepLine>,
}

impl GroupLine {
    /// Goroutines in the last moment.
    pub fn count(&self) -> i128 {
        self.counts.last().copied().unwrap_or(0)
    }
}

/// Seconds waited, as tracebacks tell them in whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waited {
    /// The shortest.
    pub min_s: u64,
    /// The middle one.
    pub median_s: u64,
    /// The longest.
    pub max_s: u64,
}

/// A frame in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLine {
    /// The canonical name of the function.
    pub function: String,
    /// The file as the profile has it; empty if unknown.
    pub file: String,
    /// The line from 1; 0 if unknown.
    pub line: u32,
}

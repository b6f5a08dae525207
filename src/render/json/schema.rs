//! The fields of the document. Add freely; rename or drop only with a new schema number and a line in CHANGELOG.md.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnose::Course;
use crate::diagnose::Outlook;
use crate::gate::GateOutcome;
use crate::gate::GateVerdict;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GoTest;
use crate::report::GroupLine;
use crate::report::GrowthLine;
use crate::report::HeapLine;
use crate::report::Report;
use crate::report::SnapshotLine;
use crate::report::SourceLines;

use crate::series::growth::Shape;

use super::super::goleak::goleak_sketch;

/// Grows when a field is renamed or dropped.
pub(super) const SCHEMA: u32 = 1;

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: u32,
    tool: Tool,
    program: Option<&'a str>,
    snapshots: Vec<Snapshot<'a>>,
    groups: Vec<Group<'a>>,
    groups_left_out: usize,
    findings: Vec<Finding<'a>>,
    outlook: Vec<OutlookEntry>,
    verdict: Option<Verdict<'a>>,
    warnings: Vec<&'a str>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    origin: &'a str,
    form: &'a str,
    kind: &'a str,
    delta: bool,
    taken_at: Option<String>,
    goroutines: i128,
    #[serde(rename = "claimed")]
    declared_total: Option<i128>,
    go_version: Option<&'a str>,
    stacks_unique: usize,
    incomplete: bool,
    warnings: Vec<&'a str>,
}

#[derive(Serialize)]
struct Group<'a> {
    fingerprint: &'a str,
    counts: &'a [i128],
    gain: i128,
    change: &'static str,
    per_hour: Option<f64>,
    growth: Option<Growth<'a>>,
    stack: Vec<Frame<'a>>,
    cut: bool,
    labels: BTreeMap<&'a str, &'a str>,
    label_keys: Vec<LabelKeySpread<'a>>,
    key: GroupKey<'a>,
    blocked_on: Option<BlockedOn<'a>>,
    state: Option<&'a str>,
    waited: Option<Waited>,
    site: Option<Frame<'a>>,
    site_in_user_code: Option<Frame<'a>>,
    site_in_library: Option<Frame<'a>>,
    spawn_site: Option<SpawnSite<'a>>,
    entry: Option<Frame<'a>>,
    heap_held: Option<HeapHeld<'a>>,
    proven_leaked: Option<i128>,
    background: Option<&'a str>,
    go_test: Option<GoTestEntry<'a>>,
}

#[derive(Serialize)]
struct Growth<'a> {
    verdict: &'static str,
    shape: Option<&'static str>,
    basis: &'static str,
    per_hour: Option<f64>,
    p_value: Option<f64>,
    reason: &'a str,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    level: &'static str,
    confidence: &'static str,
    fingerprint: Option<&'a str>,
    fingerprints: Vec<&'a str>,
    causes: Vec<&'a str>,
    title: &'a str,
    message: &'a str,
    evidence: Vec<&'a str>,
    advice: &'a str,
    sketch: &'a str,
    excerpts: Vec<SourceExcerpt<'a>>,
    test: String,
    go_test: Option<GoTestEntry<'a>>,
    keep: Option<KeepEntry<'a>>,
    outlook: Vec<OutlookEntry>,
    links: Vec<&'a str>,
}

/// What `leakscope goleak-test` needs; `read.rs` reads it.
#[derive(Serialize)]
struct GoTestEntry<'a> {
    package: Option<&'a str>,
    function: &'a str,
    function_package: &'a str,
    blocked: &'a str,
    blocked_package: &'a str,
    written_in: Option<&'a str>,
}

impl<'a> From<&'a GoTest> for GoTestEntry<'a> {
    fn from(it: &'a GoTest) -> Self {
        GoTestEntry {
            package: it.package.as_deref(),
            function: &it.function,
            function_package: &it.function_package,
            blocked: &it.blocked.1,
            blocked_package: &it.blocked.0,
            written_in: it.written_in.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct KeepEntry<'a> {
    test: Option<&'a str>,
    gate: &'a str,
}

#[derive(Serialize)]
struct OutlookEntry {
    resource: &'static str,
    limit: u64,
    now: Option<i128>,
    per_hour: Option<f64>,
    hours: Option<f64>,
    basis: &'static str,
    unknown: Option<&'static str>,
}

impl From<&Outlook> for OutlookEntry {
    fn from(it: &Outlook) -> Self {
        let (now, per_hour, hours, unknown) = match it.course {
            Course::Reached { now } => (Some(now), None, Some(0.0), None),
            Course::Reaches { now, per_hour, hours } => (Some(now), Some(per_hour), Some(hours), None),
            Course::Unknown(why) => (None, None, None, Some(why)),
        };
        let (resource, limit) = (it.resource.as_str(), it.limit);
        OutlookEntry { resource, limit, now, per_hour, hours, basis: "inferred", unknown }
    }
}

#[derive(Serialize)]
struct Verdict<'a> {
    pass: bool,
    denied: usize,
    inconclusive: Option<&'a str>,
    unusable: Option<&'a str>,
    allowed: Vec<&'a str>,
    unused_allows: Vec<&'a str>,
    remarks: Vec<&'a str>,
}

impl<'a> From<&'a GateVerdict> for Verdict<'a> {
    fn from(it: &'a GateVerdict) -> Self {
        let strings = |them: &'a [String]| them.iter().map(String::as_str).collect::<Vec<_>>();
        let (inconclusive, unusable) = match &it.outcome {
            GateOutcome::Inconclusive(why) => (Some(why.as_str()), None),
            GateOutcome::Unusable(why) => (None, Some(why.as_str())),
            GateOutcome::Pass | GateOutcome::Denied => (None, None),
        };
        Verdict {
            pass: it.outcome == GateOutcome::Pass,
            denied: it.denied,
            inconclusive,
            unusable,
            allowed: strings(&it.allowed),
            unused_allows: strings(&it.unused_allows),
            remarks: strings(&it.remarks),
        }
    }
}

#[derive(Serialize)]
struct HeapHeld<'a> {
    bytes: i128,
    basis: &'static str,
    allocated_at: Option<&'a str>,
    bytes_each: Option<f64>,
    r_squared: Option<f64>,
}

#[derive(Serialize)]
struct Frame<'a> {
    function: &'a str,
    file: &'a str,
    line: Option<u32>,
}

#[derive(Serialize)]
struct GroupKey<'a> {
    by: String,
    value: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<&'a str, Option<&'a str>>,
}

#[derive(Serialize)]
struct LabelKeySpread<'a> {
    key: &'a str,
    goroutines: i128,
    values: usize,
    most: &'a str,
    most_goroutines: i128,
}

#[derive(Serialize)]
struct BlockedOn<'a> {
    value: &'static str,
    basis: &'static str,
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct Waited {
    min_s: u64,
    median_s: u64,
    max_s: u64,
}

#[derive(Serialize)]
struct SpawnSite<'a> {
    function: &'a str,
    file: &'a str,
    line: Option<u32>,
    basis: &'static str,
}

impl<'a> From<&'a Report> for Document<'a> {
    fn from(report: &'a Report) -> Self {
        Document {
            schema: SCHEMA,
            tool: Tool { name: "leakscope", version: env!("CARGO_PKG_VERSION") },
            program: report.program.as_deref(),
            snapshots: report.snapshots.iter().map(Snapshot::from).collect(),
            groups: report.groups.iter().map(|group| Group::new(group, &report.by)).collect(),
            groups_left_out: report.omitted.groups,
            findings: report.findings.iter().map(Finding::from).collect(),
            outlook: report.outlook.iter().map(OutlookEntry::from).collect(),
            verdict: report.verdict.as_ref().map(Verdict::from),
            warnings: report.warnings.iter().map(String::as_str).collect(),
        }
    }
}

impl<'a> From<&'a SnapshotLine> for Snapshot<'a> {
    fn from(it: &'a SnapshotLine) -> Self {
        let time = it.taken_at.and_then(|nanos| jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok());
        Snapshot {
            origin: &it.origin,
            form: it.form.as_str(),
            kind: it.kind.as_str(),
            delta: it.is_delta,
            taken_at: time.map(|time| time.to_string()),
            goroutines: it.goroutines,
            declared_total: it.declared_total,
            go_version: it.go_version.as_deref(),
            stacks_unique: it.stacks_unique,
            incomplete: it.incomplete,
            warnings: it.warnings.iter().map(String::as_str).collect(),
        }
    }
}

impl<'a> Group<'a> {
    fn new(it: &'a GroupLine, by: &[String]) -> Self {
        let values: BTreeMap<_, _> =
            it.key.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        let value = match it.key.as_slice() {
            // By the stack alone: the frame that names the row.
            [] => it.name.as_ref().map_or("", |frame| &frame.function).to_owned(),
            key => key.iter().map(|(_, value)| value.as_deref().unwrap_or("")).collect::<Vec<_>>().join(", "),
        };
        Group {
            fingerprint: &it.fingerprint,
            counts: &it.counts,
            gain: it.gain,
            change: it.change.as_str(),
            per_hour: it.per_hour,
            growth: it.growth.as_ref().map(Growth::from),
            stack: it.stack.iter().map(Frame::from).collect(),
            cut: it.cut,
            labels: it.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
            label_keys: it
                .label_keys
                .iter()
                .map(|it| LabelKeySpread {
                    key: &it.key,
                    goroutines: it.goroutines,
                    values: it.values,
                    most: &it.most.0,
                    most_goroutines: it.most.1,
                })
                .collect(),
            key: GroupKey { by: by.join(","), value, values },
            blocked_on: it.blocked_on.map(|(value, basis)| BlockedOn {
                value: value.as_str(),
                basis: basis.as_str(),
                detail: it.blocked_detail.as_deref(),
            }),
            state: it.state.as_deref(),
            waited: it.waited.map(|it| Waited { min_s: it.min_s, median_s: it.median_s, max_s: it.max_s }),
            site: it.site.as_ref().map(Frame::from),
            site_in_user_code: it.site_in_user_code.as_ref().map(Frame::from),
            site_in_library: it.site_in_library.as_ref().map(Frame::from),
            spawn_site: it.spawn_site.as_ref().map(|(frame, basis)| SpawnSite {
                function: &frame.function,
                file: &frame.file,
                line: (frame.line > 0).then_some(frame.line),
                basis: basis.as_str(),
            }),
            entry: it.entry.as_ref().map(Frame::from),
            heap_held: it.heap_held.as_ref().map(HeapHeld::from),
            proven_leaked: it.proven_leaked,
            background: it.background.as_deref(),
            go_test: it.test.as_ref().map(GoTestEntry::from),
        }
    }
}

impl<'a> From<&'a GrowthLine> for Growth<'a> {
    fn from(it: &'a GrowthLine) -> Self {
        Growth {
            verdict: it.verdict.as_str(),
            shape: it.shape.map(Shape::as_str),
            basis: it.basis.as_str(),
            per_hour: it.per_hour,
            p_value: it.p_value,
            reason: &it.reason,
        }
    }
}

impl<'a> From<&'a HeapLine> for HeapHeld<'a> {
    fn from(it: &'a HeapLine) -> Self {
        HeapHeld {
            bytes: it.bytes,
            basis: "inferred",
            allocated_at: it.allocated_at.as_deref(),
            bytes_each: it.each.map(|(each, _)| each),
            r_squared: it.each.map(|(_, fit)| fit),
        }
    }
}

#[derive(Serialize)]
struct SourceExcerpt<'a> {
    what: &'a str,
    file: &'a str,
    line: u32,
    lines: BTreeMap<u32, &'a str>,
    doubt: Option<&'a str>,
}

impl<'a> From<&'a SourceLines> for SourceExcerpt<'a> {
    fn from(it: &'a SourceLines) -> Self {
        SourceExcerpt {
            what: it.what,
            file: &it.file,
            line: it.line,
            lines: it.lines.iter().map(|(number, text)| (*number, text.as_str())).collect(),
            doubt: it.doubt.as_deref(),
        }
    }
}

impl<'a> From<&'a FindingLine> for Finding<'a> {
    fn from(it: &'a FindingLine) -> Self {
        let strings = |them: &'a [String]| them.iter().map(String::as_str).collect::<Vec<_>>();
        Finding {
            rule: &it.rule,
            level: it.level.as_str(),
            confidence: it.confidence.as_str(),
            fingerprint: it.fingerprints.first().map(String::as_str),
            fingerprints: strings(&it.fingerprints),
            causes: strings(&it.causes),
            title: &it.title,
            message: &it.message,
            evidence: strings(&it.evidence),
            advice: &it.advice,
            sketch: &it.sketch,
            excerpts: it.excerpts.iter().map(SourceExcerpt::from).collect(),
            test: it.lead.test.as_ref().map_or(String::new(), goleak_sketch),
            go_test: it.lead.test.as_ref().map(GoTestEntry::from),
            keep: it.keep.as_ref().map(|it| KeepEntry { test: it.test.as_deref(), gate: &it.gate }),
            outlook: it.outlook.iter().map(OutlookEntry::from).collect(),
            links: strings(&it.links),
        }
    }
}

impl<'a> From<&'a FrameLine> for Frame<'a> {
    fn from(it: &'a FrameLine) -> Self {
        Frame { function: &it.function, file: &it.file, line: (it.line > 0).then_some(it.line) }
    }
}

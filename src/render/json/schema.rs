//! The fields of the document. New fields may be added; to rename or drop one needs a new schema number and a line in CHANGELOG.md.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnose::Forecast;
use crate::diagnose::ForecastOutcome;
use crate::gate::GateOutcome;
use crate::gate::GateVerdict;
use crate::report::FindingLine;
use crate::report::Report;
use crate::report::SourceLines;
use crate::series::Column;

use super::super::goleak::goleak_sketch;
use super::group::GoTestEntry;
use super::group::Group;

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
struct Finding<'a> {
    rule: &'a str,
    level: &'static str,
    confidence: &'static str,
    fingerprint: Option<&'a str>,
    fingerprints: Vec<String>,
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

impl From<&Forecast> for OutlookEntry {
    fn from(it: &Forecast) -> Self {
        let (now, per_hour, hours, unknown) = match it.outcome {
            ForecastOutcome::Reached { now } => (Some(now), None, Some(0.0), None),
            ForecastOutcome::Reaches { now, per_hour, hours } => {
                (Some(now), Some(per_hour), Some(hours), None)
            }
            ForecastOutcome::Unknown(why) => (None, None, None, Some(why)),
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

impl<'a> From<&'a Column> for Snapshot<'a> {
    fn from(it: &'a Column) -> Self {
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
            fingerprint: Some(&it.lead.fingerprint),
            fingerprints: it.fingerprints.iter().map(ToString::to_string).collect(),
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

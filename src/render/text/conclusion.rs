//! What the page says of growth, decided in one place for its first and its last line.

use crate::model::Basis;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::Report;
use crate::series::growth::Verdict;
use crate::text::escape;
use crate::text::pluralize;
use crate::text::units;

use super::block;
use super::names::ShortNames;
use super::page::Page;
use super::wrap::wrap;
use super::wrap::wrap_before_command;

/// What the page says of growth: in its title, if anything can be said, and in its last lines.
pub(super) fn conclusion(page: &Page<'_>) -> (Option<String>, Vec<String>) {
    let Page { report, names, options } = page;
    let last = |text: String| wrap(&text, options.width);
    if report.groups.is_empty() && report.omitted.groups == 0 {
        return (None, last("no goroutine passes the filters".to_owned()));
    }
    if report.snapshots.len() < 2 {
        let text = match &report.next_step {
            Some(next) => format!("A single snapshot cannot show growth. {}", escape(next)),
            None => "A single snapshot shows what is stuck, not what grows.".to_owned(),
        };
        return (None, wrap_before_command(&text, options.width));
    }
    let findings: Vec<&FindingLine> = report.findings.iter().filter(|it| it.grows).collect();
    if let [first, others @ ..] = findings.as_slice() {
        // Two or three counts never show more than that something grew.
        let title = match findings.iter().any(|it| is_growing(&it.lead)) {
            false => format!("{} grew", pluralize(findings.len() as i128, "stack")),
            true if others.is_empty() => "1 cause of growth".to_owned(),
            true => format!("{} causes of growth", findings.len()),
        };
        return (Some(title), last(growing(report, first, others.len(), names)));
    }
    let nothing = Some("nothing grows".to_owned());
    if let Some(calm) = &report.no_growth_reason {
        return (nothing, last(format!("nothing grows: {}", escape(&names.shorten(calm)))));
    }
    if let Some(first) = report.findings.first() {
        return (nothing, last(only_findings(first, report.findings.len(), names)));
    }
    let groups = report.groups.iter().filter(|it| it.grows && it.background.is_none());
    match groups.clone().next() {
        Some(first) => {
            let n = groups.count() as i128;
            let verb = if n == 1 { "grows" } else { "grow" };
            (Some(format!("{} {verb}", pluralize(n, "group"))), last(growing_group(first, names)))
        }
        None => {
            let snapshots = pluralize(report.snapshots.len() as i128, "snapshot");
            (nothing, last(format!("nothing grew in {snapshots}")))
        }
    }
}

/// `nothing grows; 1 finding above: 48 goroutines at internal/api/api.go:48`
fn only_findings(first: &FindingLine, n: usize, names: &ShortNames<'_>) -> String {
    let found = pluralize(n as i128, "finding");
    let begin = if n == 1 { ":" } else { "; begin with" };
    let count = pluralize(first.counts.last().copied().unwrap_or(0), "goroutine");
    let place = first.lead.name.as_ref().map_or(String::new(), |it| format!(" at {}", place(it, names)));
    format!("nothing grows; {found} above{begin} {count}{place}")
}

/// `growing: 314 goroutines at shop/main.go:41, started at shop/main.go:36, +6/s`
fn growing(report: &Report, finding: &FindingLine, others: usize, names: &ShortNames<'_>) -> String {
    let lead = &finding.lead;
    let verb = if is_growing(lead) { "growing" } else { "grew" };
    let count = finding.counts.last().copied().unwrap_or(0);
    let mut text = format!("{verb}: {}", pluralize(count, "goroutine"));
    text.push_str(&lead.name.as_ref().map_or(String::new(), |it| format!(" at {}", place(it, names))));
    if let Some(caller) = finding.callers.first() {
        text.push_str(&format!(", {} {}", caller.verb(), place(&caller.frame, names)));
    }
    // A go statement in a library would not be the reader's to change.
    if let Some((spawn, basis)) = lead.spawn_site.as_ref().filter(|(spawn, _)| names.is_own(spawn)) {
        let how = match basis {
            Basis::Stated => "started",
            Basis::Inferred => "probably started",
        };
        text.push_str(&format!(", {how} at {}", place(spawn, names)));
    }
    let gain = count - finding.counts.first().copied().unwrap_or(0);
    let pace = block::rate(report, finding).map_or_else(|| units::signed(gain), units::rate);
    let more = if others > 0 { format!("; and {others} more") } else { String::new() };
    format!("{text}, {pace}{more}")
}

/// Whether a verdict is that it goes on growing, and not only that it grew.
fn is_growing(group: &GroupLine) -> bool {
    group.growth.as_ref().is_some_and(|it| it.verdict == Verdict::Growing)
}

fn growing_group(group: &GroupLine, names: &ShortNames<'_>) -> String {
    let verb = if is_growing(group) { "growing" } else { "grew" };
    let value = |value: &Option<String>| escape(value.as_deref().unwrap_or("–")).into_owned();
    let values: Vec<String> =
        group.key.iter().map(|(key, it)| format!("{}={}", escape(key), value(it))).collect();
    let what = match &group.name {
        _ if !values.is_empty() => format!(" with {}", values.join(", ")),
        Some(frame) => format!(" at {}", place(frame, names)),
        None => String::new(),
    };
    let gain = units::signed(group.gain);
    let rate = group.per_hour.map_or(String::new(), |rate| format!(" ({})", units::rate(rate)));
    format!("{verb}: {}{what}, {gain}{rate}", pluralize(group.count(), "goroutine"))
}

/// The position of a frame in the reader's own code, to be clicked; of another one, or without a position, its function.
fn place(frame: &FrameLine, names: &ShortNames<'_>) -> String {
    if !frame.file.is_empty() && frame.line > 0 && names.is_own(frame) {
        return names.position(frame);
    }
    names.function(&frame.function)
}

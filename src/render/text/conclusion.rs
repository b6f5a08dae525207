//! What the page says of growth in its first and its last line, and in the gate's line: all from the report's one conclusion.

use crate::diagnose::Confidence;
use crate::model::Basis;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::GrowthConclusion;
use crate::report::Report;
use crate::rules::Level;
use crate::series::growth::Verdict;
use crate::text::escape;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;

use super::block;
use super::names::ShortNames;
use super::page::Page;
use super::wrap::wrap;
use super::wrap::wrap_before_command;
use crate::render::key::key_words;

/// What the page says of growth in its title, if anything can be said.
pub(super) fn in_title(report: &Report) -> Option<String> {
    match &report.conclusion.growth {
        GrowthConclusion::NoGroups | GrowthConclusion::SingleSnapshot => None,
        // Two or three counts never show more than that something grew.
        GrowthConclusion::Findings { count, goes_on: false } => {
            Some(format!("{} grew", pluralize(*count as i128, "stack")))
        }
        GrowthConclusion::Findings { count: 1, goes_on: true } => Some("1 cause of growth".to_owned()),
        GrowthConclusion::Findings { count, goes_on: true } => Some(format!("{count} causes of growth")),
        GrowthConclusion::Rows { count } => {
            let verb = if *count == 1 { "grows" } else { "grow" };
            Some(format!("{} {verb}", pluralize(*count as i128, "group")))
        }
        GrowthConclusion::Background { .. } => Some("only background grows".to_owned()),
        GrowthConclusion::Nothing(_) => Some("nothing grows".to_owned()),
    }
}

/// The last lines of the page.
pub(super) fn last_lines(page: &Page<'_>) -> Vec<String> {
    let text = last_line(page);
    match page.report.conclusion.growth {
        GrowthConclusion::SingleSnapshot => wrap_before_command(&text, page.options.width),
        GrowthConclusion::NoGroups
        | GrowthConclusion::Findings { .. }
        | GrowthConclusion::Rows { .. }
        | GrowthConclusion::Background { .. }
        | GrowthConclusion::Nothing(_) => wrap(&text, page.options.width),
    }
}

/// What the page says of growth in its last line, and in that of a gate that passes.
pub(super) fn last_line(page: &Page<'_>) -> String {
    let Page { report, names, .. } = page;
    let text = match &report.conclusion.growth {
        GrowthConclusion::NoGroups => return "no goroutine passes the filters".to_owned(),
        GrowthConclusion::SingleSnapshot => {
            return match &report.next_step {
                Some(next) => format!("A single snapshot cannot show growth. {}", escape(next)),
                None => "A single snapshot shows what is stuck, not what grows.".to_owned(),
            };
        }
        GrowthConclusion::Findings { count, .. } => {
            let Some(first) = report.findings.iter().find(|it| it.grows) else { return String::new() };
            let text = growing(report, first, count.saturating_sub(1), names);
            match is_all_that_is_proven(report, first) {
                true => return format!("{text}{}", scattered(report)),
                false => text,
            }
        }
        GrowthConclusion::Rows { .. } => {
            let first = report.groups.iter().find(|it| it.grows && it.background.is_none());
            first.map_or_else(|| "a group that is not shown grows".to_owned(), |it| growing_group(page, it))
        }
        GrowthConclusion::Background { what, gain } => {
            format!("only background grows: {}, by {}", escape(what), with_thousands(*gain))
        }
        GrowthConclusion::Nothing(why) => match report.findings.first() {
            Some(first) if report.conclusion.proven == 0 && is_shown(first) => {
                only_findings(first, report.findings.len(), names)
            }
            Some(_) if report.conclusion.proven > 0 => "nothing grows".to_owned(),
            Some(_) | None => format!("nothing grows: {}", escape(&names.shorten(why))),
        },
    };
    format!("{text}{}{}", scattered(report), proven(page))
}

/// `; 850 more goroutines in 120 stacks, at most 9 more in each`; empty if they are not worth a word.
fn scattered(report: &Report) -> String {
    report.conclusion.scattered.map_or(String::new(), |it| format!("; {}", it.text()))
}

/// Whether the gate or the page says of a finding that something is wrong.
fn is_shown(finding: &FindingLine) -> bool {
    finding.level > Level::Allow
}

/// `; 48 goroutines are proven leaked, at internal/api/api.go:48`; empty if none is.
pub(super) fn proven(page: &Page<'_>) -> String {
    let Page { report, names, .. } = page;
    let count = report.conclusion.proven;
    if count == 0 {
        return String::new();
    }
    let first = report.findings.iter().find(|it| it.confidence == Confidence::Proven);
    let name = first.and_then(|it| it.lead.name.as_ref());
    let place = name.map_or(String::new(), |it| format!(", at {}", place(it, names)));
    let are = if count == 1 { "is" } else { "are" };
    format!("; {} {are} proven leaked{place}", pluralize(count, "goroutine"))
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
    if is_all_that_is_proven(report, finding) {
        text.push_str(if count == 1 { ", proven leaked," } else { ", all proven leaked," });
    }
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

/// Whether the goroutines of a finding are those that are proven leaked: all of them, and no others.
fn is_all_that_is_proven(report: &Report, finding: &FindingLine) -> bool {
    let count = finding.counts.last().copied().unwrap_or(0);
    finding.confidence == Confidence::Proven && report.conclusion.proven == count
}

/// Whether a verdict is that it goes on growing, and not only that it grew.
fn is_growing(group: &GroupLine) -> bool {
    group.growth.as_ref().is_some_and(|it| it.verdict == Verdict::Growing)
}

fn growing_group(page: &Page<'_>, group: &GroupLine) -> String {
    let Page { report, names, .. } = page;
    let verb = if is_growing(group) { "growing" } else { "grew" };
    let values = key_words(report, group);
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

//! Answers for agents: short text in which all outside text is one word between `⟦` and `⟧`, with what to ask next.

mod marks;

use crate::diagnose::Confidence;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::GrowthConclusion;
use crate::report::Report;
use crate::rules::Rule;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;
use crate::text::word_of;

use super::explain::rule_prose;
use super::forecast::outlook;
use super::place::MAX_PATH;
use super::place::file;
use super::place::module_relative;
use super::space::Space;

use marks::Marks;
pub use marks::mark;

/// The maximum size of an answer in bytes.
const MAX_BYTES: usize = 6 * 1024;
/// Bytes that are kept free for what was left out and what to ask next.
const RESERVED: usize = 400;
/// Findings that are shown in full.
const IN_FULL: usize = 3;

/// What leaks, by the report on one or several snapshots: the verdict, three causes, and at most `rows` rows. At most 6 KB.
pub fn agent_analysis(report: &Report, rows: usize) -> String {
    let marks = Marks::new(report);
    let mut space = Space(MAX_BYTES - RESERVED);
    let (mut text, _) = space.first(head(report, &marks));
    let shown = |it: &&FindingLine| it.confidence > Confidence::Watch;
    let found: Vec<&FindingLine> = match report.findings.iter().filter(shown).collect::<Vec<_>>() {
        // Where nothing is sure, what is worth a look is better than nothing.
        none if none.is_empty() => report.findings.iter().collect(),
        found => found,
    };
    let mut left_out: Vec<String> = Vec::new();
    let causes = (1..).zip(found.iter().take(IN_FULL)).map(|(number, it)| cause(report, it, number, &marks));
    let (causes, cut) = space.first(causes);
    text.push_str(&causes);
    let more = found.len() - found.len().min(IN_FULL) + cut;
    left_out.extend((more > 0).then(|| pluralize(more as i128, "finding")));
    let groups =
        report.groups.iter().filter(|it| it.background.is_none() && (it.count() > 0 || it.gain != 0));
    let groups: Vec<_> = groups.collect();
    let lines = groups.iter().take(rows).map(|it| row(report, it));
    let heading = "\ngoroutines gain | blocked on | where | started by | fingerprint\n".to_owned();
    let (lines, cut) = space.first([heading].into_iter().filter(|_| !groups.is_empty()).chain(lines));
    text.push_str(&lines);
    let more = groups.len() - groups.len().min(rows) + cut + report.omitted.groups;
    left_out.extend((more > 0).then(|| pluralize(more as i128, "row")));
    text.push('\n');
    if !left_out.is_empty() {
        text.push_str(&format!("Left out: {}.\n", left_out.join(", ")));
    }
    if report.snapshots.len() == 1 {
        text.push_str("One snapshot cannot show growth: give several, oldest first.\n");
    }
    text.push_str(
        "Next: stack with a fingerprint of above shows one stack with all evidence; rule explains a rule.\n",
    );
    text
}

/// Everything about the one group of a report that explains it. At most 6 KB.
pub fn agent_stack(report: &Report) -> String {
    let Some((group, explained)) = report.groups.first().zip(report.explanation.as_ref()) else {
        return "No single stack has this fingerprint: analyze lists them.\n".to_owned();
    };
    let marks = Marks::new(report);
    let mut lines: Vec<String> = Vec::new();
    lines.push(format!("{} {}\n", group.fingerprint, row(report, group).trim_end()));
    lines.push(format!("counts: {}\n", counts(&group.counts)));
    if let Some(waited) = group.waited {
        let (least, most) = (units::duration(waited.min_s as f64), units::duration(waited.max_s as f64));
        lines.push(format!("waited: {least} to {most}\n"));
    }
    lines.extend(report.findings.iter().zip(1..).map(|(it, number)| cause(report, it, number, &marks)));
    lines.extend(explained.background.iter().map(|text| format!("background: {text}\n")));
    let evidence = explained.evidence.iter().map(|text| format!("evidence: {}\n", marks.sentence(text)));
    lines.extend(evidence.collect::<Vec<_>>());
    lines.extend(explained.matched.iter().map(|(id, title)| format!("rule {id}: {title}\n")));
    let nearly = explained.nearly.iter().take(5);
    lines.extend(nearly.map(|(id, title, unmet)| format!("nearly {id}: {title} (but for {unmet})\n")));
    let label = |(key, value): &(String, String)| {
        let shown = report.shown_labels.value_word(value);
        let value = if shown == *value { mark(value) } else { shown.into_owned() };
        format!("label {} = {value}\n", mark(key))
    };
    lines.extend(group.labels.iter().map(label));
    lines.push("stack, leaf first:\n".to_owned());
    lines.extend(group.stack.iter().map(|frame| format!("  {}\n", place(report, frame))));
    lines.extend(group.cut.then(|| "  (Go left frames out)\n".to_owned()));
    if let Some((frame, basis)) = &group.spawn_site {
        lines.push(format!("started by {} ({})\n", place(report, frame), basis.as_str()));
    }
    let (mut text, rest) = Space(MAX_BYTES - RESERVED).first(lines);
    if rest > 0 {
        text.push_str(&format!("Left out: {}.\n", pluralize(rest as i128, "line")));
    }
    text
}

/// What a rule says, in at most 6 KB.
pub fn agent_rule(rule: &Rule) -> String {
    let lines = rule_prose(rule);
    let (mut text, rest) = Space(MAX_BYTES - RESERVED).first(lines.lines().map(|line| format!("{line}\n")));
    if rest > 0 {
        text.push_str(&format!("Left out: {}.\n", pluralize(rest as i128, "line")));
    }
    text
}

/// The program, the snapshots, and what grows.
fn head(report: &Report, marks: &Marks) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let program = report.program_or_module().into_iter().map(mark);
    let last = report.snapshots.last();
    let parts: Vec<String> = program.chain(last.and_then(|it| it.go_version.as_deref()).map(mark)).collect();
    let (first, last) =
        (report.snapshots.first().map_or(0, |it| it.goroutines), last.map_or(0, |it| it.goroutines));
    let time = report.hours.map_or(String::new(), |it| format!(" over {}", units::duration(it * 3600.0)));
    let snapshots = pluralize(report.snapshots.len() as i128, "snapshot");
    let counts = match report.snapshots.len() {
        1 => pluralize(last, "goroutine"),
        _ => format!(
            "{} to {} ({})",
            with_thousands(first),
            pluralize(last, "goroutine"),
            units::signed(last - first)
        ),
    };
    lines.push(format!("{} {snapshots}{time}: {counts}.\n", parts.join(" ")).trim_start().to_owned());
    if let Some(line) = &report.death {
        lines.push(format!("The process died ({}): {}\n", line.death.kind.as_str(), mark(&line.death.text)));
    }
    let growth = match &report.conclusion.growth {
        GrowthConclusion::NoGroups => Some("No goroutine passes the filters.".to_owned()),
        GrowthConclusion::SingleSnapshot => None,
        GrowthConclusion::Findings { count, goes_on } => {
            let verb = if *goes_on { "growing" } else { "that grew" };
            Some(format!("{} {verb}.", pluralize(*count as i128, "cause")))
        }
        GrowthConclusion::Rows { count } => Some(format!("{} grew.", pluralize(*count as i128, "group"))),
        GrowthConclusion::Background { what, gain } => {
            Some(format!("Only background grows: {what}, by {}.", with_thousands(*gain)))
        }
        GrowthConclusion::Nothing(why) => Some(format!("Nothing grows: {}.", marks.sentence(why))),
    };
    lines.extend(growth.map(|text| format!("{text}\n")));
    let proven = report.conclusion.proven;
    if proven > 0 {
        lines.push(format!("{} proven leaked.\n", pluralize(proven, "goroutine")));
    }
    lines
}

/// One finding with its places, its evidence and its fix.
fn cause(report: &Report, finding: &FindingLine, number: usize, marks: &Marks) -> String {
    let lead = &finding.lead;
    let gain = finding.counts.last().copied().unwrap_or(0) - finding.counts.first().copied().unwrap_or(0);
    let growth = lead.growth.as_ref().map_or(String::new(), |it| format!("{}, ", it.verdict.as_str()));
    let gained = if gain == 0 { String::new() } else { format!(", {}", units::signed(gain)) };
    let head = marks.sentence(&finding.heading);
    let (rule, level, sure) = (&finding.rule, finding.level.as_str(), finding.confidence.as_str());
    let fingerprint = lead.fingerprint.get(..8).unwrap_or(&lead.fingerprint);
    let mut lines = vec![format!("{number}. {head}{gained} [{growth}{sure}; {level} {rule}; {fingerprint}]")];
    let at = |frame: &FrameLine| match frame.file.is_empty() {
        true => mark(&frame.function),
        false => {
            let position = format!("{}:{}", file(report, finding, frame), frame.line);
            format!("{} ⟦{}⟧", mark(&frame.function), word_of(&position, MAX_PATH))
        }
    };
    if let Some(frame) = &lead.name {
        let on = lead
            .blocked_on
            .map_or(String::new(), |(on, basis)| format!(", {} ({})", on.as_str(), basis.as_str()));
        lines.push(format!("blocked: {}{on}", at(frame)));
    }
    if let Some((frame, basis)) = &lead.spawn_site {
        lines.push(format!("started: {} ({})", at(frame), basis.as_str()));
    }
    lines.extend(finding.callers.iter().map(|it| format!("{}: {}", it.verb(), at(&it.frame))));
    lines.extend(finding.main_evidence.iter().map(|text| format!("evidence: {}", marks.sentence(text))));
    lines.extend(finding.outlook.iter().map(|it| format!("outlook: {}", outlook(it))));
    let fix = if finding.confidence >= Confidence::Likely { "fix" } else { "fix, if so" };
    lines.extend(Some(&finding.advice).filter(|it| !it.is_empty()).map(|it| format!("{fix}: {it}")));
    format!("\n{}\n", lines.join("\n   "))
}

/// One group on a line.
fn row(report: &Report, group: &GroupLine) -> String {
    let on = group.blocked_on_words().unwrap_or_else(|| "-".to_owned());
    let at = group.name.as_ref().map_or("(no frames)".to_owned(), |it| place(report, it));
    let spawn = group.spawn_site.as_ref().map_or("-".to_owned(), |(it, _)| mark(&it.function));
    let fingerprint = group.fingerprint.get(..8).unwrap_or(&group.fingerprint);
    let (count, gain) = (with_thousands(group.count()), units::signed(group.gain));
    format!("{count} {gain} | {on} | {} | {spawn} | {fingerprint}\n", at)
}

/// `⟦main.f⟧ ⟦shop/main.go:3⟧`
fn place(report: &Report, frame: &FrameLine) -> String {
    if frame.file.is_empty() {
        return mark(&frame.function);
    }
    let position = format!("{}:{}", module_relative(report, frame), frame.line);
    format!("{} ⟦{}⟧", mark(&frame.function), word_of(&position, MAX_PATH))
}

/// All counts, or of many the first and the last ones.
fn counts(counts: &[i128]) -> String {
    let shown = |it: &[i128]| it.iter().map(|it| with_thousands(*it)).collect::<Vec<_>>().join(" ");
    match counts.len() {
        0..=16 => shown(counts),
        len => format!("{} … {}", shown(&counts[..8]), shown(&counts[len - 8..])),
    }
}

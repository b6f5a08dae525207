//! A summary for a job or a comment. Outside text is in code spans, so that it cannot become markup.

use std::io;

use crate::gate::GateOutcome;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::GrowthConclusion;
use crate::report::Report;
use crate::rules::Level;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::TextOptions;
use super::forecast::in_all;
use super::forecast::outlook;
use super::in_markdown::code;
use super::in_markdown::details;
use super::key::key_words;
use super::place::file;
use super::place::message;
use super::space::Space;
use crate::text::escape;
use crate::text::units;
use crate::text::word;

/// The maximum size in bytes of a summary that is not asked to be whole. CI systems cut long ones, and nobody reads them.
const MAX_BYTES: usize = 4096;
/// Bytes that are kept free for the line about what was left out.
const RESERVED: usize = 160;
/// Findings that are shown in full.
const IN_FULL: usize = 3;
/// Rows of a table.
const MAX_ROWS: usize = 10;

/// Writes the summary: at most [`MAX_BYTES`], unless the options ask for everything.
pub(super) fn render(report: &Report, options: TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let is_whole = options.all || options.full;
    let max = |n: usize| if is_whole { usize::MAX } else { n };
    let (head, conclusion) = (head(report), conclusion(report));
    let taken = head.len() + conclusion.len() + RESERVED;
    let mut space = Space(max(MAX_BYTES).saturating_sub(taken));
    let mut left_out: Vec<String> = Vec::new();
    let missing = |n: usize, what: &str| (n > 0).then(|| pluralize(n as i128, what));

    let rows = report.findings.iter().map(|it| finding_row(report, it)).take(max(MAX_ROWS));
    let (findings, shown) =
        table(&mut space, "| level | what | where | started | confidence |\n|---|---|---|---|---|\n", rows);
    left_out.extend(missing(report.findings.len() - shown, "finding"));
    let denied = || report.findings.iter().filter(|it| it.level == Level::Deny);
    let (mut details, mut cut) = (String::new(), denied().count().saturating_sub(max(IN_FULL)));
    // Others are worth it if there is a patch.
    let patched = report.findings.iter().filter(|it| it.level != Level::Deny && it.source.patch().is_some());
    for finding in denied().take(max(IN_FULL)).chain(patched.take(max(IN_FULL))) {
        let lines = [format!("**{}**\n\n", finding.rule)]
            .into_iter()
            .chain(in_full(finding))
            .chain(["\n".to_owned()])
            .chain(patch(finding));
        let (mut fits, mut text) = (true, String::new());
        for line in lines {
            fits &= space.take(&line);
            text.push_str(if fits { &line } else { "" });
        }
        details.push_str(&text);
        cut += usize::from(!fits);
    }
    let causes = if cut == 1 { "a part of 1 cause".to_owned() } else { format!("parts of {cut} causes") };
    left_out.extend((cut > 0).then_some(causes));
    let rows = report.groups.iter().enumerate().map(|(index, it)| group_row(report, index + 1, it));
    let (groups, shown) = table(
        &mut space,
        "| # | count | gain | blocked on | where |\n|--:|--:|--:|---|---|\n",
        rows.take(max(MAX_ROWS)),
    );
    left_out.extend(missing(report.groups.len() - shown + report.omitted.groups, "group"));

    let text = [head, findings, details, conclusion, groups].concat();
    writeln!(out, "{}", text.trim_end())?;
    if !left_out.is_empty() {
        writeln!(out, "\nLeft out: {} (`--limit 0` shows all).", left_out.join(", "))?;
    }
    Ok(())
}

/// A table of the rows that fit, and their number; empty without rows.
fn table(space: &mut Space, heading: &str, rows: impl Iterator<Item = String>) -> (String, usize) {
    let (mut text, mut shown) = (String::new(), 0);
    for row in rows {
        let row = if shown == 0 { format!("{heading}{row}") } else { row };
        if !space.take(&row) {
            break;
        }
        text.push_str(&row);
        shown += 1;
    }
    if shown > 0 && space.take("\n") {
        text.push('\n');
    }
    (text, shown)
}

/// The verdict, the death and the totals.
fn head(report: &Report) -> String {
    let headline = report.verdict.as_ref().map(|it| format!(": {}", headline(&it.outcome, it.denied)));
    let mut text = format!("## leakscope{}\n\n", headline.unwrap_or_default());
    if let Some(line) = &report.death {
        let site =
            line.site.as_ref().map(|it| format!(", {}", code(&word(&it.function)))).unwrap_or_default();
        let by = line.death.goroutine.map_or(String::new(), |id| format!(" in goroutine {id}"));
        text.push_str(&format!("**The process died**{by}{site}: {}\n\n", code(&line.sentence())));
    }
    let last = report.snapshots.last().map_or(0, |it| it.goroutines);
    let first = report.snapshots.first().map_or(0, |it| it.goroutines);
    let snapshots = pluralize(report.snapshots.len() as i128, "snapshot");
    text.push_str(&format!(
        "{snapshots}, {} ({}).\n\n",
        pluralize(last, "goroutine"),
        units::signed(last - first)
    ));
    text
}

fn finding_row(report: &Report, finding: &FindingLine) -> String {
    let position = |frame: Option<&FrameLine>| {
        let known = frame.filter(|it| !it.file.is_empty());
        known.map_or(String::new(), |it| code(&format!("{}:{}", word(&file(report, finding, it)), it.line)))
    };
    let place = position(finding.lead.name.as_ref());
    let spawn = position(finding.lead.spawn_site.as_ref().map(|(frame, _)| frame));
    let (level, sure) = (finding.level.as_str(), finding.confidence.as_str());
    format!("| {level} | {} | {place} | {spawn} | {sure} |\n", code(&message(report, finding)))
}

/// What is known of a finding, one line each.
fn in_full(finding: &FindingLine) -> impl Iterator<Item = String> {
    let advice = Some(&finding.advice).filter(|text| !text.is_empty());
    let commands = finding.keep.iter().flat_map(|keep| keep.test.iter().chain([&keep.gate]));
    let from_source = finding.from_source.sentences.iter().map(|text| ("source: ", text.clone()));
    let wake = finding.from_source.wake.iter().map(|text| ("woken by: ", text.clone()));
    let items = from_source.chain(wake);
    let items = items.chain(finding.main_evidence.iter().map(|text| ("", text.clone())));
    let items = items.chain(finding.outlook.iter().map(|it| ("outlook: ", outlook(it))));
    let items = items.chain(advice.map(|text| ("fix: ", text.clone())));
    let patch = finding.finding.source.patch().map(|it| ("patch: ", it.in_short()));
    let items = items.chain(patch);
    let items = items.chain(commands.map(|text| ("prevent: ", text.clone())));
    items.map(|(name, text)| format!("- {name}{}\n", code(&text)))
}

/// The diff of the patch of a finding, to be shown on a click; nothing without one.
fn patch(finding: &FindingLine) -> Option<String> {
    Some(details(&finding.finding.source.patch()?.diff, "The patch", usize::MAX))
}

/// What is said below the findings.
fn conclusion(report: &Report) -> String {
    let mut sentences: Vec<String> = growth(&report.conclusion.growth).into_iter().collect();
    sentences.extend(report.conclusion.scattered.map(|it| it.text()));
    let proven = report.conclusion.proven;
    if proven > 0 {
        let are = if proven == 1 { "is" } else { "are" };
        sentences.push(format!("{} {are} proven leaked", pluralize(proven, "goroutine")));
    }
    sentences.extend(in_all(report, report.findings.iter().filter(|it| it.level == Level::Deny)));
    sentences.iter().map(|text| format!("{text}.\n\n")).collect()
}

fn group_row(report: &Report, number: usize, group: &GroupLine) -> String {
    let class = group.blocked_on_words().unwrap_or_else(|| "–".to_owned());
    let keys = key_words(report, group).join(", ");
    let name = group.name.as_ref().map(|it| word(&it.function).into_owned());
    let place: Vec<String> =
        [Some(keys), name].into_iter().flatten().filter(|it| !it.is_empty()).map(|it| code(&it)).collect();
    let place = if place.is_empty() { "no stack recorded".to_owned() } else { place.join(" ") };
    let (count, gain) = (group.count(), units::signed(group.gain));
    format!("| {number} | {count} | {gain} | {class} | {place} |\n")
}

/// What grows, where no finding says so.
fn growth(conclusion: &GrowthConclusion) -> Option<String> {
    match conclusion {
        GrowthConclusion::NoGroups => Some("No goroutine passes the filters".to_owned()),
        GrowthConclusion::SingleSnapshot | GrowthConclusion::Findings { .. } => None,
        GrowthConclusion::Rows { count } => {
            Some(format!("More goroutines in {}", pluralize(*count as i128, "group")))
        }
        GrowthConclusion::Background { what, gain } => {
            Some(format!("Only background grows: {}, by {}", escape(what), with_thousands(*gain)))
        }
        GrowthConclusion::Nothing(why) => Some(format!("Nothing grows: {}", escape(why))),
    }
}

/// What a gate says, in a line.
fn headline(outcome: &GateOutcome, denied: usize) -> String {
    match outcome {
        GateOutcome::Pass => "pass".to_owned(),
        GateOutcome::Denied => format!("fail, {} denied", pluralize(denied as i128, "finding")),
        GateOutcome::Inconclusive(why) => format!("inconclusive: {}", escape(why)),
        GateOutcome::Unusable(why) => format!("cannot judge: {}", escape(why)),
    }
}

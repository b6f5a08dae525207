//! A summary for a job or a comment. Outside text is in code spans, so that it cannot become markup.

use std::io;

use crate::gate::GateOutcome;
use crate::report::FrameLine;
use crate::report::GrowthConclusion;
use crate::report::Report;
use crate::rules::Level;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::forecast::in_all;
use super::forecast::outlook;
use super::place::file;
use super::place::message;
use crate::text::escape;
use crate::text::units;

/// Writes the summary.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let headline = report.verdict.as_ref().map(|it| format!(": {}", headline(&it.outcome, it.denied)));
    writeln!(out, "## leakscope{}\n", headline.unwrap_or_default())?;
    if let Some(line) = &report.death {
        let site = line.site.as_ref().map(|it| format!(", {}", code(&it.function))).unwrap_or_default();
        let by = line.death.goroutine.map_or(String::new(), |id| format!(" in goroutine {id}"));
        writeln!(out, "**The process died**{by}{site}: {}\n", code(&line.sentence()))?;
    }
    let last = report.snapshots.last().map_or(0, |it| it.goroutines);
    let first = report.snapshots.first().map_or(0, |it| it.goroutines);
    let snapshots = pluralize(report.snapshots.len() as i128, "snapshot");
    writeln!(out, "{snapshots}, {} ({}).\n", pluralize(last, "goroutine"), units::signed(last - first))?;
    if !report.findings.is_empty() {
        writeln!(out, "| level | what | where | started | confidence |")?;
        writeln!(out, "|---|---|---|---|---|")?;
        for finding in &report.findings {
            let position = |frame: Option<&FrameLine>| {
                let known = frame.filter(|it| !it.file.is_empty());
                known.map_or(String::new(), |it| code(&format!("{}:{}", file(report, finding, it), it.line)))
            };
            let place = position(finding.lead.name.as_ref());
            let spawn = position(finding.lead.spawn_site.as_ref().map(|(frame, _)| frame));
            let (level, sure) = (finding.level.as_str(), finding.confidence.as_str());
            writeln!(out, "| {level} | {} | {place} | {spawn} | {sure} |", code(&message(report, finding)))?;
        }
        writeln!(out)?;
        for finding in report.findings.iter().filter(|it| it.level == Level::Deny) {
            writeln!(out, "**{}**\n", finding.rule)?;
            let advice = Some(&finding.advice).filter(|text| !text.is_empty());
            let commands = finding.keep.iter().flat_map(|keep| keep.test.iter().chain([&keep.gate]));
            let from_source = finding.from_source.sentences.iter().map(|text| ("source: ", text.clone()));
            let wake = finding.from_source.wake.iter().map(|text| ("woken by: ", text.clone()));
            let items = from_source.chain(wake);
            let items = items.chain(finding.main_evidence.iter().map(|text| ("", text.clone())));
            let items = items.chain(finding.outlook.iter().map(|it| ("outlook: ", outlook(it))));
            let items = items.chain(advice.map(|text| ("fix: ", text.clone())));
            for (name, text) in items.chain(commands.map(|text| ("prevent: ", text.clone()))) {
                writeln!(out, "- {name}{}", code(&text))?;
            }
            writeln!(out)?;
        }
    }
    if let Some(text) = growth(&report.conclusion.growth) {
        writeln!(out, "{text}.\n")?;
    }
    let proven = report.conclusion.proven;
    if proven > 0 {
        let are = if proven == 1 { "is" } else { "are" };
        writeln!(out, "{} {are} proven leaked.\n", pluralize(proven, "goroutine"))?;
    }
    for text in in_all(report, report.findings.iter().filter(|it| it.level == Level::Deny)) {
        writeln!(out, "{text}.\n")?;
    }
    writeln!(out, "| # | count | gain | blocked on | where |")?;
    writeln!(out, "|--:|--:|--:|---|---|")?;
    for (index, group) in report.groups.iter().take(10).enumerate() {
        let class = group.blocked_on_words().unwrap_or_else(|| "–".to_owned());
        let name = group.name.as_ref().map_or(String::new(), |it| code(&it.function));
        let (count, gain) = (group.count(), units::signed(group.gain));
        writeln!(out, "| {} | {count} | {gain} | {class} | {name} |", index + 1)?;
    }
    Ok(())
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

/// A text as a code span that nothing in it can end, on one line of a table.
fn code(text: &str) -> String {
    let text = escape(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_cannot_be_left() {
        let check = |text: &str, expected: &str| assert_eq!(code(text), expected);
        check("main.f", "`main.f`");
        check("a`b", "``a`b``");
        check("`x`", "`` `x` ``");
        check("a|b\n<img>", "`a\\|b\\x0a<img>`");
    }
}

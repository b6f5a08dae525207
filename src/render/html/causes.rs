//! The findings: three in full, some more folded, the rest counted.

use crate::report::FindingLine;
use crate::rules::Level;
use crate::text::pluralize;
use crate::text::units;

use super::cause::cause;
use super::chart::trend;
use super::markup::Markup;
use super::markup::markup;
use super::page::Page;
use super::page::gain;
use super::page::is_certain;
use super::page::verdict;

/// Findings that are shown in full.
const OPEN: usize = 3;

/// Findings on the page, with those that are folded.
const MOST: usize = 12;

/// All findings; nothing if there are none.
pub(super) fn causes(page: &Page<'_>) -> Markup {
    let findings = &page.report.findings;
    if findings.is_empty() {
        return Markup::default();
    }
    let is_any_shown = findings.iter().any(|it| it.level > Level::Allow);
    let (title, note) = match (page.certain.is_empty(), is_any_shown) {
        (false, _) => ("Causes", "what to act on first"),
        (true, true) => ("Worth a look", "nothing here is proven"),
        (true, false) if page.report.verdict.is_some() => ("Allowed", "the policy accepts these"),
        (true, false) => ("Also seen", "the rules do not count these as problems"),
    };
    let all: Vec<Markup> = findings
        .iter()
        .take(MOST)
        .enumerate()
        .map(|(at, finding)| {
            let whole = cause(page, finding, at + 1);
            let is_open = is_certain(finding) && at < OPEN;
            if is_open { whole } else { folded(page, finding, at + 1, &whole) }
        })
        .collect();
    let more = findings.len().saturating_sub(MOST) as i128;
    let more = (more > 0).then(|| {
        markup!("<p class=\"muted\">" (pluralize(more, "more finding")) ": their stacks are in the table below.</p>")
    });
    markup!(
        "<section aria-labelledby=\"causes\"><h2 id=\"causes\">" (title) " <small>" (note) "</small></h2>\n"
        (all) (more) "</section>\n"
    )
}

/// A finding that opens on a click.
fn folded(page: &Page<'_>, finding: &FindingLine, number: usize, whole: &Markup) -> Markup {
    let class = if is_certain(finding) { "cause" } else { "cause plain" };
    let trend = page.is_series().then(|| {
        markup!("<span class=\"gained hide-small\">" (trend(&finding.counts)) " <b>" (units::signed(gain(finding))) "</b></span>")
    });
    let place = finding.lead.name.as_ref().map(|it| page.position(it)).filter(|it| !it.is_empty());
    let place = place.map(|it| markup!("<span class=\"where mono hide-small\">" (it) "</span>"));
    let is_allowed = finding.level == Level::Allow && page.report.verdict.is_some();
    let sure = if is_allowed { "allowed".to_owned() } else { verdict(finding) };
    let sure = markup!("<span class=\"tag hide-tiny\">" (sure) "</span>");
    markup!(
        "<details class=\"" (class) "\"><summary><span class=\"number\" aria-hidden=\"true\">" (number.to_string())
        "</span><span class=\"title\">" (finding.heading) "</span>" (sure) (trend) (place) "</summary>"
        (whole) "</details>\n"
    )
}

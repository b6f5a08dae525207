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
use super::page::State;
use super::page::gain;

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
    let (title, note) = match (page.denied.is_empty(), page.state) {
        (false, _) => ("Causes", "what to act on first"),
        (true, State::Calm) => ("Allowed", "the policy accepts these"),
        (true, State::Denied | State::Uncertain) => ("Worth a look", "nothing here is proven"),
    };
    let all: Vec<Markup> = findings
        .iter()
        .take(MOST)
        .enumerate()
        .map(|(at, finding)| {
            let whole = cause(page, finding, at + 1);
            let is_open = finding.level == Level::Deny && at < OPEN;
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
    let class = if finding.level == Level::Deny { "cause" } else { "cause plain" };
    let trend = page.is_series().then(|| {
        markup!("<span class=\"gained hide-small\">" (trend(&finding.counts)) " <b>" (units::signed(gain(finding))) "</b></span>")
    });
    let place = finding.lead.name.as_ref().map(|it| page.position(it)).filter(|it| !it.is_empty());
    let place = place.map(|it| markup!("<span class=\"where mono hide-small\">" (it) "</span>"));
    let allowed = (finding.level == Level::Allow).then(|| markup!("<span class=\"tag\">allowed</span>"));
    markup!(
        "<details class=\"" (class) "\"><summary><span class=\"number\" aria-hidden=\"true\">" (number.to_string())
        "</span><span class=\"title\">" (finding.heading) "</span>" (allowed) (trend) (place) "</summary>"
        (whole) "</details>\n"
    )
}

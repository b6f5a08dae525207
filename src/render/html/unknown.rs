//! What the report does not know, and why: a reader who knows the gaps can trust the rest.

use crate::model::Basis;
use crate::report::GroupLine;
use crate::report::Report;
use crate::text::pluralize;

use super::markup::Markup;
use super::markup::markup;
use super::page::Page;
use super::page::sentence;

/// Warnings that are shown.
const WARNINGS: usize = 200;

/// The section. It is never empty: no report knows everything.
pub(super) fn unknown(page: &Page<'_>) -> Markup {
    let report = page.report;
    let gaps: Vec<Markup> = gaps(report).into_iter().map(|it| markup!("<li>" (it) "</li>")).collect();
    let of_snapshots = report
        .snapshots
        .iter()
        .flat_map(|it| it.warnings.iter().map(move |warning| format!("{}: {warning}", it.origin)));
    let warnings: Vec<String> = report.warnings.iter().cloned().chain(of_snapshots).collect();
    let shown: Vec<Markup> =
        warnings.iter().take(WARNINGS).map(|it| markup!("<li>" (sentence(it)) "</li>")).collect();
    let count = pluralize(warnings.len() as i128, "warning");
    let shown = (!shown.is_empty()).then(|| {
        markup!("<details class=\"more\"><summary>" (count) " from the inputs</summary><ul class=\"plain\">" (shown) "</ul></details>")
    });
    markup!(
        "<section aria-labelledby=\"unknown\"><h2 id=\"unknown\">What is not known</h2><div class=\"card\"><ul class=\"plain\">"
        (gaps) "</ul>" (shown) "</div></section>\n"
    )
}

/// The gaps, each a sentence.
fn gaps(report: &Report) -> Vec<String> {
    let groups: Vec<&GroupLine> = report.groups.iter().filter(|it| it.count() > 0).collect();
    let count = |is_counted: &dyn Fn(&GroupLine) -> bool| {
        let n = groups.iter().filter(|it| is_counted(it)).count() as i128;
        (n > 0).then(|| (pluralize(n, "stack"), if n == 1 { "waits" } else { "wait" }))
    };
    let mut out = Vec::new();
    let is_inferred = |it: &GroupLine| it.blocked_on.is_some_and(|(_, basis)| basis == Basis::Inferred);
    if let Some((stacks, verb)) = count(&is_inferred) {
        out.push(format!(
            "What {stacks} {verb} for is inferred from the frames and not stated by the profile (marked ~)."
        ));
    }
    if let Some((stacks, verb)) = count(&|it| it.blocked_on.is_none()) {
        out.push(format!("What {stacks} {verb} for is not known."));
    }
    // Nobody starts main.
    let is_main = |it: &GroupLine| it.stack.last().is_some_and(|it| it.function == "main.main");
    if let Some((stacks, _)) = count(&|it| it.spawn_site.is_none() && !is_main(it)) {
        out.push(format!("Who started {stacks} is not known; a traceback (goroutine?debug=2) states it."));
    }
    if groups.iter().all(|it| it.waited.is_none()) {
        out.push(
            "How long they have waited is not known: Go states it only in a traceback, from one minute on."
                .to_owned(),
        );
    }
    out.push(match report.snapshots.iter().any(|it| it.has_proof) {
        true => "“Not proven” never means “fine”: Go’s garbage collector cannot see what a global variable, a timer or \
                 the network can still reach."
            .to_owned(),
        false => "There is no goroutineleak profile (Go 1.27), so nothing is proven leaked, and nothing is cleared.".to_owned(),
    });
    if report.snapshots.iter().all(|it| it.heap.is_none()) {
        out.push("What they hold in the heap is not known: there is no heap profile.".to_owned());
    }
    match report.snapshots.len() {
        1 => out.push("One snapshot cannot show growth.".to_owned()),
        2..4 => {
            out.push("Two or three snapshots show that something grew, and not that it goes on.".to_owned())
        }
        _ => {}
    }
    if report.snapshots.len() > 1 && report.hours.is_none() {
        out.push(
            "The profiles do not say when they were taken, so there is no rate and no outlook.".to_owned(),
        );
    }
    if report.omitted.groups > 0 {
        let left_out = pluralize(report.omitted.groups as i128, "stack");
        let goroutines = pluralize(report.omitted.goroutines, "goroutine");
        out.push(format!("{left_out} with {goroutines} are not on this page (--limit)."));
    }
    out
}

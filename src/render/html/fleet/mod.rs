//! The page of a fleet: a headline, what is missing, and a table of stacks of services with trends. Each row opens its finding. Without the
//! script all of them are open.
//!
//! Tests in a browser rely on these hooks: the ids `verdict`, `rows`, `unknown` (headings), `tab` (the table), `q` (search), `hits`, `theme`,
//! `print`; `s-N` (rows, from 1); the classes `row` and `more` (table rows); `data-sort`.

mod finding;
mod one;

use std::io;

use crate::report::FleetReport;
use crate::report::FleetRow;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::STYLE;
use super::chart::trend;
use super::hashes;
use super::head_of;
use super::markup::Markup;
use super::markup::markup;
use super::markup::put;
use super::page::short;
use super::tiles::tile;
use finding::finding;
use finding::rounded;

pub(crate) use one::render_one;

/// The script of the page.
const SCRIPT: &str = include_str!("../script/fleet.js");

/// Writes the page.
pub(crate) fn render(report: &FleetReport, out: &mut dyn io::Write) -> io::Result<()> {
    let mut html = markup!("<!doctype html>\n<html lang=\"en\">\n");
    let title = markup!("Fleet of " (pluralize(i128::from(report.services), "service")) " · " (report.day));
    put!(&mut html, (head_of(&title, hashes::FLEET_SCRIPT, STYLE)) "<body>\n<a class=\"skip\" href=\"#rows\">Skip to the table</a>\n<div class=\"page\">\n");
    put!(&mut html, (header(report)) "<main>\n" (verdict(report)) (gaps(report)) (table(report)) "</main>\n");
    html.raw("<footer>A high count that stays is a pool until it grows. Growth is said only by the test over at least four days.</footer>\n</div>\n<script>");
    html.raw(SCRIPT);
    html.raw("</script>\n</body>\n</html>\n");
    out.write_all(html.into_string().as_bytes())
}

fn header(report: &FleetReport) -> Markup {
    let gaps = (!report.gaps.is_empty()).then(|| markup!("<a href=\"#unknown\">Not known</a>"));
    markup!(
        "<header class=\"top\"><span class=\"mark\" aria-hidden=\"true\"></span><b>Fleet</b><span>goroutine report</span>"
        "<span class=\"hide-tiny\">" (report.day) "</span><nav aria-label=\"Parts of the page\">" (gaps)
        "<a href=\"#rows\">Stacks</a></nav>" (tools()) "</header>\n"
    )
}

/// The buttons of the page.
fn tools() -> Markup {
    markup!(
        "<span class=\"tools js-only\"><button id=\"theme\" type=\"button\">Dark</button>"
        "<button id=\"print\" type=\"button\">Print</button></span>"
    )
}

fn count(report: &FleetReport, which: impl Fn(&FleetRow) -> bool) -> u64 {
    report.rows.iter().filter(|it| which(it)).count() as u64
}

/// The headline is about the rows of the page, and says so.
fn verdict(report: &FleetReport) -> Markup {
    let growing = count(report, |it| it.is_growing);
    let (odd, new) = (count(report, |it| it.odd.is_some()), count(report, |it| it.is_new));
    let shown = pluralize(report.rows.len() as i128, "stack");
    let (class, headline) = match (growing, report.rows.is_empty()) {
        (_, true) => ("card hero plain", "There is no such stack".to_owned()),
        (0, false) => ("card hero plain", format!("None of these {shown} grows by the test")),
        (1, false) => ("card hero certain", format!("1 of these {shown} grows")),
        (_, false) => {
            ("card hero certain", format!("{} of these {shown} grow", with_thousands(i128::from(growing))))
        }
    };
    let of = |number: u64| with_thousands(i128::from(number));
    let tiles = [
        tile("Services", &of(report.services), "of which an instance is known"),
        tile("Instances", &of(report.pulled), &format!("looked at, of {}", of(report.wanted))),
        tile("Growing", &of(growing), "by the test over days"),
        tile("New", &of(new), "came with the newest version"),
        tile("Odd", &of(odd), "one instance has far more"),
    ];
    let omitted = (report.omitted > 0)
        .then(|| format!(" {} not on this page.", pluralize(report.omitted as i128, "more stack")));
    markup!(
        "<section class=\"" (class) "\" aria-labelledby=\"verdict\"><div><h1 id=\"verdict\">" (headline)
        "</h1><p class=\"lead\">The worst stacks of " (pluralize(i128::from(report.services), "service")) " on " (report.day)
        ", " (report.order) "." (omitted) "</p></div><dl class=\"tiles\">" (tiles.as_slice()) "</dl></section>\n"
    )
}

fn gaps(report: &FleetReport) -> Option<Markup> {
    let line = |it: &String| markup!("<li>" (it) "</li>");
    let lines: Vec<Markup> = report.gaps.iter().map(line).collect();
    (!lines.is_empty()).then(|| {
        markup!(
            "<section aria-labelledby=\"unknown\"><h2 id=\"unknown\">Not known</h2><div class=\"card\"><ul class=\"plain\">"
            (lines) "</ul></div></section>\n"
        )
    })
}

fn table(report: &FleetReport) -> Markup {
    let rows: Vec<Markup> = report.rows.iter().zip(1..).map(|(it, at)| row(it, at)).collect();
    let sortable = |name: &'static str, class: &'static str| {
        markup!(
            "<th class=\"" (class) "\" data-sort=\"" (name) "\" aria-sort=\"none\"><button type=\"button\">" (name)
            "</button></th>"
        )
    };
    markup!(
        "<section aria-labelledby=\"rows\"><h2 id=\"rows\">Stacks <small>" (report.order)
        "</small></h2><div class=\"card\"><div class=\"bar js-only\"><input type=\"search\" id=\"q\" placeholder=\"Search services, functions, owners …\""
        " aria-label=\"Search stacks\" autocomplete=\"off\" spellcheck=\"false\"><span class=\"muted\" id=\"hits\" aria-live=\"polite\"></span></div>"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of stacks\"><table id=\"tab\"><thead><tr>"
        "<th class=\"open\"><span class=\"hidden\">finding</span></th>" (sortable("rms", "n")) (sortable("worst", "n"))
        "<th class=\"hide-tiny\">trend</th>" (sortable("service", "")) (sortable("where", "")) (sortable("since", "hide-small"))
        (sortable("owner", "hide-small")) "</tr></thead><tbody>" (rows) "</tbody></table></div></div></section>\n"
    )
}

fn row(row: &FleetRow, at: usize) -> Markup {
    let class = if row.is_growing { "row grew" } else { "row" };
    let site = row.site.as_deref().map(short);
    let name = site.clone().unwrap_or_else(|| "no function of a user".to_owned());
    let counts: Vec<i128> = row.days.iter().map(|it| (it.mean * 100.0).round() as i128).collect();
    let gain = row.gain.map(|it| markup!(" <span class=\"gain\">+" (rounded(it)) "</span>"));
    let marks: Vec<Markup> =
        marks(row).iter().map(|it| markup!(" <span class=\"tag\">" (it) "</span>")).collect();
    let version = row.since_version.as_ref().map(|it| markup!(" <span class=\"muted\">" (it) "</span>"));
    let owner = match &row.owner {
        Some((owner, _)) => markup!((owner)),
        None => markup!("<span class=\"muted\">none</span>"),
    };
    markup!(
        "<tr class=\"" (class) "\" id=\"s-" (at.to_string()) "\"><td class=\"open\"><button type=\"button\" class=\"js-only\" aria-expanded=\"false\" aria-label=\"Finding of "
        (name) " in " (row.service) "\">▸</button></td><td class=\"n\" data-n=\"" (row.rms.to_string()) "\">" (rounded(row.rms)) (gain)
        "</td><td class=\"n\" data-n=\"" (row.most.to_string()) "\">" (with_thousands(i128::from(row.most)))
        "</td><td class=\"hide-tiny\">" (trend(&counts)) "</td><td class=\"wide\">" (row.service)
        "</td><td class=\"wide\"><code>" (name) "</code>" (marks) "</td><td class=\"hide-small\">" (row.since) (version)
        "</td><td class=\"hide-small\">" (owner) "</td></tr>\n<tr class=\"more\"><td colspan=\"8\">" (finding(row)) "</td></tr>\n"
    )
}

fn marks(row: &FleetRow) -> Vec<&'static str> {
    let proven = row.proven > 0;
    let all =
        [(row.is_growing, "growing"), (proven, "proven"), (row.is_new, "new"), (row.odd.is_some(), "odd")];
    all.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
}

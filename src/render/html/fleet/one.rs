//! The page of one stack of a service: a headline, and what a row of the table opens.

use std::io;

use crate::report::FleetRow;
use crate::text::with_thousands;

use super::super::STYLE;
use super::super::hashes;
use super::super::head_of;
use super::super::markup::Markup;
use super::super::markup::markup;
use super::super::markup::put;
use super::super::page::short;
use super::super::tiles::tile;
use super::SCRIPT;
use super::finding::finding;
use super::finding::rounded;
use super::tools;

/// Writes the page. `day` is the last day on which the stack was seen.
pub(crate) fn render_one(row: &FleetRow, day: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let mut html = markup!("<!doctype html>\n<html lang=\"en\">\n");
    let title = markup!((row.service) " · " (name(row)));
    put!(&mut html, (head_of(&title, hashes::FLEET_SCRIPT, STYLE)) "<body>\n<a class=\"skip\" href=\"#finding\">Skip to the finding</a>\n<div class=\"page\">\n");
    put!(
        &mut html,
        "<header class=\"top\"><span class=\"mark\" aria-hidden=\"true\"></span><b>Fleet</b><span>goroutine report</span><span class=\"hide-tiny\">"
        (day) "</span>" (tools()) "</header>\n<main>\n" (verdict(row, day))
        "<section aria-labelledby=\"finding\"><h2 id=\"finding\">Finding</h2><div class=\"card more\"><h3>Stack " (row.fingerprint) "</h3>" (finding(row))
        "</div></section>\n</main>\n"
    );
    html.raw("<footer>A high count that stays is a pool until it grows. Growth is said only by the test over at least four days.</footer>\n</div>\n<script>");
    html.raw(SCRIPT);
    html.raw("</script>\n</body>\n</html>\n");
    out.write_all(html.into_string().as_bytes())
}

fn name(row: &FleetRow) -> String {
    row.site.as_deref().map_or_else(|| "no function of a user".to_owned(), short)
}

fn verdict(row: &FleetRow, day: &str) -> Markup {
    let (class, says) = match (row.is_growing, row.proven > 0) {
        (true, _) => ("card hero certain", "grows"),
        (false, true) => ("card hero certain", "is proven leaked"),
        (false, false) => ("card hero plain", "does not grow by the test"),
    };
    let of = |number: u64| with_thousands(i128::from(number));
    let instances = format!("have it, of {} that were looked at", of(row.looked_at));
    let proven = (row.proven > 0).then(|| tile("Proven", &of(row.proven), "leaked, by a second look"));
    let tiles = [
        tile("Rms", &rounded(row.rms), "over the instances"),
        tile("Worst", &of(row.most), &format!("in {}", row.most_at)),
        tile("Instances", &of(row.instances), &instances),
    ];
    let version = row.since_version.as_ref().map(|it| format!(" in {it}"));
    markup!(
        "<section class=\"" (class) "\" aria-labelledby=\"verdict\"><div><h1 id=\"verdict\">" (name(row)) " of " (row.service) " "
        (says) "</h1><p class=\"lead\">First seen " (row.since) (version) ", last on " (day)
        ".</p></div><dl class=\"tiles\">" (tiles.as_slice()) (proven) "</dl></section>\n"
    )
}

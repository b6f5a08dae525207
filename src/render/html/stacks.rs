//! The table of stacks: the first rows as markup, all of them in the data for the script.

use crate::model::Basis;
use crate::report::GroupLine;
use crate::text::units;
use crate::text::with_thousands;

use super::chart::trend;
use super::markup::Markup;
use super::markup::markup;
use super::page::Page;
use super::page::short;

/// Rows that a reader without the script sees.
const ROWS: usize = 20;

/// The section with the search and the table.
pub(super) fn stacks(page: &Page<'_>) -> Markup {
    let groups = &page.report.groups;
    let is_by_stack = page.is_by_stack();
    let rows: Vec<Markup> = groups.iter().take(ROWS).map(|it| row(page, it)).collect();
    let hidden = (groups.len() > ROWS).then(|| {
        let all = with_thousands(groups.len() as i128);
        markup!(
            "<p class=\"muted no-js\">The first " (ROWS.to_string()) " of " (all)
            ": the others need the script of this page.</p>"
        )
    });
    let title = if is_by_stack { "Stacks" } else { "Groups" };
    let by = (!is_by_stack).then(|| markup!(", by "(page.report.by.join(", "))));
    let order = if page.is_series() { ", most gained first" } else { ", most goroutines first" };
    markup!(
        "<section aria-labelledby=\"stacks\"><h2 id=\"stacks\">" (title) " <small>" (with_thousands(groups.len() as i128))
        (by) (order) "</small></h2><div class=\"card\"><div class=\"bar js-only\">"
        "<input type=\"search\" id=\"q\" placeholder=\"Search functions, files, labels …   blocked:select   gain&gt;10   is:growing\""
        " aria-label=\"Search stacks\" autocomplete=\"off\" spellcheck=\"false\">"
        "<span class=\"muted\" id=\"hits\" aria-live=\"polite\"></span></div><div class=\"chips js-only\" id=\"chips\"></div>"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of stacks\"><table id=\"tab\">"
        (head(page)) "<tbody>" (rows) "</tbody></table></div>" (hidden)
        "<p class=\"js-only\"><button type=\"button\" id=\"more-rows\" hidden>More</button></p></div></section>\n"
    )
}

fn head(page: &Page<'_>) -> Markup {
    let series = page.is_series().then(|| {
        markup!(
            "<th class=\"n\" data-sort=\"gain\" aria-sort=\"none\"><button type=\"button\">gain</button></th>"
            "<th class=\"hide-tiny\">trend</th>"
        )
    });
    markup!(
        "<thead><tr><th class=\"open\"><span class=\"hidden\">whole stack</span></th>"
        "<th class=\"n\" data-sort=\"count\" aria-sort=\"none\"><button type=\"button\">count</button></th>" (series)
        "<th class=\"hide-tiny\" data-sort=\"blocked\" aria-sort=\"none\"><button type=\"button\">waits for</button></th>"
        "<th data-sort=\"site\" aria-sort=\"none\"><button type=\"button\">where</button></th>"
        "<th class=\"hide-small\" data-sort=\"spawn\" aria-sort=\"none\"><button type=\"button\">started by</button></th>"
        "</tr></thead>"
    )
}

/// A row as the script would make it.
fn row(page: &Page<'_>, group: &GroupLine) -> Markup {
    let series = page.is_series().then(|| {
        markup!("<td class=\"n gain\">" (units::signed(group.gain)) "</td><td class=\"hide-tiny\">" (trend(&group.counts)) "</td>")
    });
    let waits = group.blocked_on_words().unwrap_or_else(|| "–".to_owned());
    let spawn = group.spawn_site.as_ref().map(|(it, _)| page.frame(it));
    markup!(
        "<tr class=\"" (class(group)) "\" id=\"s-" (group.fingerprint) "\"><td class=\"open\"></td><td class=\"n\">"
        (with_thousands(group.count())) "</td>" (series) "<td class=\"hide-tiny\"><span class=\"" (waits_class(group))
        "\">" (waits) "</span></td><td class=\"wide\"><span class=\"only-tiny muted\">" (waits) "</span>"
        (place(page, group)) "</td><td class=\"wide hide-small\">" (spawn.unwrap_or_else(|| markup!("–"))) "</td></tr>\n"
    )
}

fn class(group: &GroupLine) -> &'static str {
    match (group.background.is_some(), group.grows) {
        (true, _) => "row background",
        (false, true) => "row grew",
        (false, false) => "row",
    }
}

fn waits_class(group: &GroupLine) -> &'static str {
    match group.blocked_on {
        Some((_, Basis::Inferred)) => "inferred",
        Some((_, Basis::Stated)) | None => "stated",
    }
}

/// The frame that names a group, or the values that its goroutines share.
fn place(page: &Page<'_>, group: &GroupLine) -> Markup {
    let values = key_of(group).map(|it| markup!("<code>" (it) "</code> "));
    let frame = group.name.as_ref().map(|it| match it.file.is_empty() {
        true => markup!("<code>" (short(&it.function)) "</code>"),
        false => page.frame(it),
    });
    match (values, frame) {
        (None, None) => markup!("<span class=\"muted\">no stack recorded</span>"),
        (values, frame) => markup!((values)(frame)),
    }
}

/// What the goroutines of a group share beside the stack: `tenant=acme`; `None` if groups are by stack.
pub(super) fn key_of(group: &GroupLine) -> Option<String> {
    let pairs = group.key.iter().map(|(name, value)| match name.strip_prefix("label:") {
        Some(label) => format!("{label}={}", value.as_deref().unwrap_or("(none)")),
        None => value.clone().unwrap_or_else(|| "(none)".to_owned()),
    });
    let pairs: Vec<String> = pairs.collect();
    (!pairs.is_empty()).then(|| pairs.join(" "))
}

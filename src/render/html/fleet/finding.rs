//! What a row of a fleet opens: the verdict of the test, the days, versions, instances, owner, cause, and the stack.

use crate::report::FleetRow;
use crate::text::pluralize;
use crate::text::with_thousands;
use crate::text::word;

use super::super::chart::Chart;
use super::super::chart::Layer;
use super::super::markup::Markup;
use super::super::markup::markup;
use super::super::markup::put;

const HEIGHT: u16 = 150;
const NANOS_A_DAY: i64 = 86_400_000_000_000;

pub(super) fn finding(row: &FleetRow) -> Markup {
    let list: Vec<Markup> = row.frames.iter().map(|(function, place)| frame("", function, place)).collect();
    let spawn = row.spawn.as_ref().map(|(function, place)| frame("started by ", function, place));
    markup!(
        "<div class=\"columns\"><div>" (days(row)) (versions(row)) (instances(row)) "</div><div>" (facts(row))
        "<ol class=\"stack mono\" aria-label=\"Stack, innermost frame first\">" (list) (spawn) "</ol></div></div>"
    )
}

fn frame(before: &'static str, function: &str, place: &str) -> Markup {
    markup!(
        "<li><span class=\"other\">" (before) "</span><span class=\"own\">" (function) "</span><span class=\"file\">" (place)
        "</span></li>"
    )
}

/// The means of the days, as a chart.
fn days(row: &FleetRow) -> Option<Markup> {
    let counts: Vec<i128> = row.days.iter().map(|it| it.mean.round() as i128).collect();
    let times: Vec<Option<i64>> =
        row.days.iter().map(|it| i64::from(it.day).checked_mul(NANOS_A_DAY)).collect();
    let (first, last) = (counts.first()?, counts.last()?);
    let days = pluralize(counts.len() as i128, "day");
    let label =
        format!("mean of an instance over {days}: {} to {}", with_thousands(*first), with_thousands(*last));
    let class = if row.is_growing { "cause-1" } else { "soft" };
    let line = if row.is_growing { "grew" } else { "" };
    let layers = vec![Layer { class, counts: &counts }];
    let chart = Chart { label, layers, times: &times, height: HEIGHT, line };
    Some(
        markup!("<figure><figcaption>Mean of an instance, " (days) "</figcaption>" (chart.to_svg()) "</figure>"),
    )
}

fn versions(row: &FleetRow) -> Option<Markup> {
    let line = |it: &crate::report::FleetVersion| {
        let version = it.version.as_deref().unwrap_or("(none)");
        let mean = it.mean.map_or_else(|| "never seen".to_owned(), rounded);
        markup!("<tr><td>" (version) "</td><td>" (it.first) " to " (it.last) "</td><td class=\"n\">" (mean) "</td></tr>")
    };
    let lines: Vec<Markup> = row.versions.iter().map(line).collect();
    (!lines.is_empty()).then(|| {
        markup!(
            "<h4>Versions</h4><table class=\"plain\"><thead><tr><th>version</th><th>looked at</th><th class=\"n\">mean</th></tr></thead><tbody>"
            (lines) "</tbody></table>"
        )
    })
}

fn instances(row: &FleetRow) -> Markup {
    let line = |(name, version, count): &(String, Option<String>, u64)| {
        markup!(
            "<tr><td>" (name) "</td><td>" (version.as_deref().unwrap_or("–")) "</td><td class=\"n\">"
            (with_thousands(i128::from(*count))) "</td></tr>"
        )
    };
    let lines: Vec<Markup> = row.at.iter().map(line).collect();
    if lines.is_empty() {
        return markup!("<p class=\"muted\">No snapshot of that day is kept any more.</p>");
    }
    let more = (row.more_at > 0).then(
        || markup!("<p class=\"muted small\">and " (pluralize(row.more_at as i128, "more instance")) "</p>"),
    );
    markup!(
        "<h4>Instances</h4><table class=\"plain\"><thead><tr><th>instance</th><th>version</th><th class=\"n\">goroutines</th></tr></thead><tbody>"
        (lines) "</tbody></table>" (more)
    )
}

fn facts(row: &FleetRow) -> Markup {
    let mut out = markup!("<dl class=\"facts\">");
    let mut fact = |name: &'static str, value: Option<Markup>| {
        if let Some(value) = value {
            put!(&mut out, "<dt>" (name) "</dt><dd>" (value) "</dd>");
        }
    };
    let text = |it: &String| markup!((it));
    fact("growth", row.growth.as_ref().map(text));
    fact("odd", row.odd.as_ref().map(text));
    fact("second look", row.second.as_ref().map(text));
    let has = format!(
        "{} of {} instances",
        with_thousands(i128::from(row.instances)),
        with_thousands(i128::from(row.looked_at))
    );
    fact("in", Some(markup!((has))));
    let version = row.since_version.as_ref().map(|it| format!(" in {it}"));
    fact("since", Some(markup!((row.since)(version))));
    let owner =
        row.owner.as_ref().map(|(owner, by)| markup!((owner) " <span class=\"muted\">by " (by) "</span>"));
    fact("owner", Some(owner.unwrap_or_else(|| markup!("<span class=\"muted\">no owner is known</span>"))));
    fact("waits for", row.blocked_on.as_ref().map(text));
    let cause = row.cause.as_ref().map(|it| {
        let fix = it.fix.as_ref().map(|fix| markup!("<br><b>" (fix) "</b>"));
        markup!("<b>" (it.title) "</b>: " (it.description) (fix) " <code>leakscope explain " (it.rule) "</code>")
    });
    fact("cause", cause);
    let command = |it: &String| markup!("<code>leakscope fetch " (word(it).into_owned()) "</code>");
    fact("look now", row.place.as_ref().map(command));
    fact("fingerprint", Some(markup!("<code>" (row.fingerprint) "</code>")));
    out.raw("</dl>");
    out
}

/// A number without decimals from 10 on.
pub(super) fn rounded(number: f64) -> String {
    match number < 10.0 && number.fract() > 0.0 {
        true => format!("{number:.1}"),
        false => with_thousands(number.round() as i128),
    }
}

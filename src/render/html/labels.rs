//! Labels: for each key its largest values, with their share of all goroutines and of what came.

use crate::report::LabelValues;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;

use super::chart::bar;
use super::markup::Markup;
use super::markup::markup;
use super::page::Page;

/// All keys; nothing if no goroutine has a label.
pub(super) fn labels(page: &Page<'_>) -> Markup {
    let all: Vec<Markup> = page.report.labels.iter().map(|it| card(page, it)).collect();
    if all.is_empty() {
        return Markup::default();
    }
    let came = page.is_series().then(|| markup!("; <b>orange came since the first snapshot</b>"));
    markup!(
        "<section aria-labelledby=\"labels\"><h2 id=\"labels\">Labels <small>which share of the goroutines has which value"
        (came) "</small></h2><div class=\"cards\">" (all) "</div></section>\n"
    )
}

fn card(page: &Page<'_>, key: &LabelValues) -> Markup {
    let (_, all) = page.totals();
    let all = all.max(key.goroutines).max(1) as f64;
    let rows: Vec<Markup> = key
        .largest
        .iter()
        .map(|it| {
            let came = it.gain.clamp(0, it.count.max(0));
            let bar = bar(&[("rest", it.count as f64 / all), ("cause-1", came as f64 / all)]);
            let value = if it.value.is_empty() { "(empty)" } else { &it.value };
            let gain = (it.gain != 0 && page.is_series()).then(|| units::signed(it.gain));
            markup!(
                "<span class=\"mono value\">" (value) "</span>" (bar) "<span class=\"n\">" (with_thousands(it.count))
                " <span class=\"gain\">" (gain) "</span></span>"
            )
        })
        .collect();
    let more = key.values.saturating_sub(key.largest.len()) as i128;
    let more =
        (more > 0).then(|| markup!("<p class=\"muted small\">" (pluralize(more, "more value")) "</p>"));
    let values = pluralize(key.values as i128, "value");
    let share = units::share(key.goroutines, all as i128);
    markup!(
        "<div class=\"card label\"><h3><code>" (key.key) "</code> <small>" (values) ", on " (share)
        " of the goroutines</small></h3><div class=\"bars\">" (rows) "</div>" (more) "</div>"
    )
}

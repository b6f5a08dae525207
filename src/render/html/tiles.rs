//! A few figures below the verdict.

use crate::diagnose::ForecastOutcome;
use crate::diagnose::Resource;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;

use super::markup::Markup;
use super::markup::markup;
use super::page::Page;
use super::page::gain;
use super::page::short;

/// The figures of a report: at most six.
pub(super) fn tiles(page: &Page<'_>) -> Markup {
    let all = [Some(goroutines(page)), rate(page), proven(page), held(page)];
    let all = all.into_iter().flatten().chain(outlook(page)).chain([stacks(page)]).chain(calm(page));
    let all: Vec<Markup> = all.take(6).collect();
    markup!("<dl class=\"tiles\">" (all) "</dl>")
}

pub(super) fn tile(name: &'static str, value: &str, note: &str) -> Markup {
    markup!("<div><dt>" (name) "</dt><dd>" (value) "<small>" (note) "</small></dd></div>")
}

fn goroutines(page: &Page<'_>) -> Markup {
    let (first, last) = page.totals();
    if !page.is_series() {
        return tile("Goroutines", &with_thousands(last), "one snapshot");
    }
    let over = page.duration().map_or(String::new(), |it| format!(" over {it}"));
    let note = format!("{}{over}", pluralize(page.report.snapshots.len() as i128, "snapshot"));
    tile("Goroutines", &format!("{} → {}", with_thousands(first), with_thousands(last)), &note)
}

fn rate(page: &Page<'_>) -> Option<Markup> {
    let lead = page.certain.first()?;
    let note = "of the first cause";
    match page.report.hours.filter(|_| lead.lead.per_hour.is_some()) {
        Some(hours) => Some(tile("Rate", &units::rate(gain(lead) as f64 / hours), note)),
        None => page.is_series().then(|| tile("Gain", &units::signed(gain(lead)), note)),
    }
}

fn proven(page: &Page<'_>) -> Option<Markup> {
    let proven = page.report.conclusion.proven;
    (proven > 0).then(|| tile("Proven leaked", &with_thousands(proven), "by Go’s garbage collector"))
}

fn held(page: &Page<'_>) -> Option<Markup> {
    let held: i128 = page.certain.iter().filter_map(|it| it.heap_held.as_ref()).map(|it| it.bytes).sum();
    (held > 0).then(|| tile("Held in the heap", &units::bytes(held as f64), "inferred from heap profiles"))
}

fn outlook(page: &Page<'_>) -> impl Iterator<Item = Markup> {
    page.report.outlook.iter().filter_map(|it| {
        let limit = match it.resource {
            Resource::Goroutines => pluralize(i128::from(it.limit), "goroutine"),
            Resource::Memory => format!("{} of memory", units::bytes(it.limit as f64)),
        };
        match it.outcome {
            ForecastOutcome::Reached { .. } => Some(tile("Outlook", "reached", &limit)),
            ForecastOutcome::Reaches { hours, .. } => {
                let note = format!("to {limit}, inferred");
                Some(tile("Outlook", &units::duration(hours * 3600.0), &note))
            }
            ForecastOutcome::Unknown(_) => None,
        }
    })
}

/// Where nothing is certain: between which numbers it moved, and the largest stack.
fn calm(page: &Page<'_>) -> Vec<Markup> {
    if !page.certain.is_empty() {
        return Vec::new();
    }
    let counts = page.report.snapshots.iter().map(|it| it.goroutines);
    let range = counts.clone().min().zip(counts.max()).filter(|_| page.report.snapshots.len() > 2);
    let range = range.map(|(low, high)| {
        tile(
            "Range",
            &format!("{} – {}", with_thousands(low), with_thousands(high)),
            "fewest and most goroutines",
        )
    });
    let largest = page.report.groups.iter().filter(|it| it.background.is_none()).max_by_key(|it| it.count());
    let largest = largest.and_then(|it| {
        let name = it.name.as_ref()?;
        let what = if page.is_by_stack() { "Largest stack" } else { "Largest group" };
        Some(tile(what, &with_thousands(it.count()), &short(&name.function)))
    });
    range.into_iter().chain(largest).collect()
}

fn stacks(page: &Page<'_>) -> Markup {
    let all = page.report.groups.len() + page.report.omitted.groups;
    let count = |is_counted: fn(i128) -> bool| {
        with_thousands(page.report.groups.iter().filter(|it| is_counted(it.gain)).count() as i128)
    };
    let note = match page.is_series() {
        true => format!("{} gained, {} lost", count(|gain| gain > 0), count(|gain| gain < 0)),
        false => "distinct".to_owned(),
    };
    let name = if page.is_by_stack() { "Stacks" } else { "Groups" };
    tile(name, &with_thousands(all as i128), &note)
}

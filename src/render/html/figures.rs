//! What the figures of the page and of the card are drawn from.

use std::collections::BTreeMap;

use crate::report::FindingLine;
use crate::report::Report;
use crate::sort;
use crate::text::with_thousands;

use super::chart::Layer;
use super::page::Page;
use super::page::gain;

/// Causes that have a layer of their own in the chart of all goroutines.
pub(super) const LAYERS: usize = 3;

/// The classes of these layers.
const CAUSES: [&str; LAYERS] = ["cause-1", "cause-2", "cause-3"];

/// All goroutines over time: those of each cause that grew, and everything else.
pub(super) struct Totals<'a> {
    /// The causes that grew, at most [`LAYERS`], the most important first.
    pub(super) causes: Vec<&'a FindingLine>,
    /// In each snapshot, the goroutines of no such cause.
    rest: Vec<i128>,
    /// A sentence for readers who do not see the chart.
    pub(super) label: String,
}

impl<'a> Totals<'a> {
    pub(super) fn of(page: &Page<'a>) -> Self {
        let grown = page.certain.iter().copied().filter(|it| gain(it) > 0);
        let causes: Vec<&FindingLine> = grown.take(LAYERS).collect();
        let of_causes = |at: usize| causes.iter().filter_map(|it| it.counts.get(at)).sum::<i128>();
        let totals = page.report.snapshots.iter().map(|it| it.goroutines).enumerate();
        let rest = totals.map(|(at, total)| (total - of_causes(at)).max(0)).collect();
        let (first, last) = page.totals();
        let label = format!("Goroutines went from {} to {}", with_thousands(first), with_thousands(last));
        Totals { causes, rest, label }
    }

    /// The layers, the lowest first.
    pub(super) fn layers(&self) -> Vec<Layer<'_>> {
        let causes = self.causes.iter().zip(CAUSES).rev();
        let causes = causes.map(|(it, class)| Layer { class, counts: &it.counts });
        [Layer { class: "rest", counts: &self.rest }].into_iter().chain(causes).collect()
    }
}

/// What the goroutines of the last snapshot wait for, the most frequent first.
pub(super) fn waits(report: &Report) -> Vec<(&str, i128)> {
    let mut by: BTreeMap<&str, i128> = BTreeMap::new();
    for group in &report.groups {
        let what = group.blocked_on.map_or("not known", |(it, _)| it.as_str());
        *by.entry(what).or_default() += group.count();
    }
    let mut all: Vec<(&str, i128)> = by.into_iter().collect();
    sort::by(&mut all, |a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    all
}

//! The whole road on one screen: snapshots are aligned, diagnosed, judged and reported.

use crate::diagnose::diagnose;
#[cfg(feature = "files")]
use crate::gate;
use crate::group::By;
use crate::model::Snapshot;
use crate::report::Options;
use crate::report::Report;
use crate::report::report;
use crate::rules::RuleSet;
use crate::series::Series;
use crate::stacks::Filter;

/// Reports on snapshots, oldest first.
pub fn run(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
) -> Report {
    report_on(&Series::build(snapshots, by, filter), rules, options)
}

/// Reports on snapshots that are aligned already.
pub fn report_on(series: &Series, rules: &RuleSet, options: &Options) -> Report {
    report(series, &diagnose(series, rules), rules, options)
}

/// What a gate judges by.
#[cfg(feature = "files")]
pub struct GateOptions<'a> {
    /// Levels, limits and allow entries.
    pub policy: &'a gate::Policy,
    /// Stacks that were accepted before.
    pub baseline: Option<&'a gate::Baseline>,
    /// The day of the verdict: it decides which allow entries have expired.
    pub today: jiff::civil::Date,
}

/// As [`run`], with the verdict of a gate. It judges stacks, whatever the table of the report is grouped by: another grouping may mix a leak
/// with goroutines that come and go.
#[cfg(feature = "files")]
pub fn gate(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
    gate: &GateOptions<'_>,
) -> Report {
    let stacks = by_stack(by);
    if *by == stacks {
        return judged(snapshots, by, filter, rules, options, gate);
    }
    let snapshots: Vec<Snapshot> = snapshots.collect();
    let table =
        run(snapshots.iter().cloned(), by, filter, rules, &Options { explain: None, ..options.clone() });
    judged(snapshots.into_iter(), &stacks, filter, rules, options, gate).with_table(table)
}

/// Grouped by stack and function, with the same module.
#[cfg(feature = "files")]
fn by_stack(by: &By) -> By {
    By { module: by.module.clone(), ..By::default() }
}

#[cfg(feature = "files")]
fn judged(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
    gate: &GateOptions<'_>,
) -> Report {
    let series = Series::build(snapshots, by, filter);
    let mut diagnosis = diagnose(&series, rules);
    let verdict = gate::judge(&series, &mut diagnosis.findings, gate.policy, gate.baseline, gate.today);
    let mut report = report(&series, &diagnosis, rules, options);
    report.verdict = Some(verdict);
    report
}

/// The last snapshot as a baseline: stacks, whatever `by` groups by, because the gate judges stacks.
#[cfg(feature = "files")]
pub fn baseline(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    reason: &str,
) -> gate::Baseline {
    gate::Baseline::of(&Series::build(snapshots, &by_stack(by), filter), reason)
}

//! The whole road on one screen: snapshots are aligned, diagnosed, judged and reported.

use std::marker::PhantomData;

#[cfg(feature = "go-source")]
use crate::code::OpenSource;
#[cfg(feature = "go-source")]
use crate::confirm;
use crate::diagnose::Diagnosis;
#[cfg(feature = "go-source")]
use crate::diagnose::SourceVerdict;
use crate::diagnose::diagnose;
#[cfg(feature = "files")]
use crate::gate;
use crate::group::By;
use crate::model::Snapshot;
#[cfg(feature = "go-source")]
use crate::patch;
use crate::report::Options;
#[cfg(feature = "go-source")]
use crate::report::PatchWriting;
use crate::report::Report;
use crate::report::report;
use crate::rules::RuleSet;
#[cfg(feature = "files")]
use crate::series::LabelCounting;
use crate::series::Series;
use crate::stacks::Filter;

/// Whether and where Go source is looked for. The default looks for none.
#[derive(Clone, Copy, Default)]
pub struct Source<'a> {
    #[cfg(feature = "go-source")]
    open: Option<&'a dyn OpenSource>,
    lifetime: PhantomData<&'a ()>,
}

#[cfg(feature = "go-source")]
impl<'a> From<&'a dyn OpenSource> for Source<'a> {
    fn from(open: &'a dyn OpenSource) -> Self {
        Source { open: Some(open), ..Source::default() }
    }
}

/// Reports on snapshots, oldest first.
pub fn run(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
) -> Report {
    run_with_source(snapshots, by, filter, rules, options, Source::default())
}

/// As [`run`]; reads Go source where it may.
pub fn run_with_source(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
    source: Source<'_>,
) -> Report {
    let series = Series::build_with(snapshots, by, filter, options.label_values);
    report_on_with_source(&series, rules, options, source)
}

/// Reports on snapshots that are aligned already.
pub fn report_on(series: &Series, rules: &RuleSet, options: &Options) -> Report {
    report_on_with_source(series, rules, options, Source::default())
}

/// As [`report_on`]; reads Go source where it may.
pub fn report_on_with_source(
    series: &Series,
    rules: &RuleSet,
    options: &Options,
    source: Source<'_>,
) -> Report {
    report(series, &diagnosed(series, rules, options, source), rules, options)
}

/// What is wrong with a series, and what the source says of it if it is at hand.
#[cfg(feature = "go-source")]
fn diagnosed(series: &Series, rules: &RuleSet, options: &Options, source: Source<'_>) -> Diagnosis {
    let mut diagnosis = diagnose(series, rules);
    if let Some(open) = source.open.filter(|_| !diagnosis.findings.is_empty()) {
        let groups = confirm::observe(series, &diagnosis.background);
        let frames: Vec<(&str, &str)> = groups.iter().flat_map(|it| it.names()).collect();
        let version = series.columns.last().and_then(|it| it.go_version.as_deref());
        if let Some(texts) = open.open(&frames, version) {
            let mend = |proof: &confirm::Proof<'_, '_>, verdict: &mut SourceVerdict| {
                if options.patches == PatchWriting::Written {
                    patch::write(proof, verdict, &*texts);
                }
            };
            confirm::confirm(&mut diagnosis.findings, &groups, &*texts, &mend);
        }
    }
    diagnosis
}

#[cfg(not(feature = "go-source"))]
fn diagnosed(series: &Series, rules: &RuleSet, _: &Options, _: Source<'_>) -> Diagnosis {
    diagnose(series, rules)
}

/// What a gate judges by.
#[cfg(feature = "files")]
pub struct GateOptions<'a> {
    /// Levels, limits and allow entries.
    pub policy: &'a gate::Policy,
    /// Stacks that were accepted before.
    pub baseline: Option<&'a gate::Baseline>,
    /// Whether and where Go source is looked for.
    pub source: Source<'a>,
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
    let table = run_with_source(
        snapshots.iter().cloned(),
        by,
        filter,
        rules,
        &Options { explain: None, ..options.clone() },
        gate.source,
    );
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
    let series = Series::build_with(snapshots, by, filter, options.label_values);
    let mut diagnosis = diagnosed(&series, rules, options, gate.source);
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
    let series = Series::build_with(snapshots, &by_stack(by), filter, LabelCounting::Ignored);
    gate::Baseline::of(&series, reason)
}

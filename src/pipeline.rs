//! The whole road on one screen: snapshots are aligned, diagnosed, judged and reported.

use crate::decode::Limits;
use crate::diagnose::diagnose;
use crate::diagnose::matching;
#[cfg(feature = "files")]
use crate::gate::Baseline;
#[cfg(feature = "files")]
use crate::gate::Policy;
#[cfg(feature = "files")]
use crate::gate::judge;
use crate::group::By;
use crate::input::Input;
use crate::input::InputError;
use crate::input::Selection;
use crate::input::SnapshotInput;
use crate::input::read_snapshot;
use crate::model::Snapshot;
use crate::report::Options;
use crate::report::Report;
use crate::report::report;
use crate::rules::Example;
use crate::rules::Rule;
use crate::rules::RuleSet;
use crate::series::Series;
use crate::series::line_up;
use crate::stacks::Filter;

/// Reports on snapshots, oldest first.
pub fn run(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
) -> Report {
    report_on(&line_up(snapshots, by, filter), rules, options)
}

/// Reports on snapshots that are aligned already.
pub fn report_on(series: &Series, rules: &RuleSet, options: &Options) -> Report {
    report(series, &diagnose(series, rules), rules, options)
}

/// What a gate judges by.
#[cfg(feature = "files")]
pub struct GateOptions<'a> {
    /// Levels, limits and allow entries.
    pub policy: &'a Policy,
    /// Stacks that were accepted before.
    pub baseline: Option<&'a Baseline>,
    /// The day of the verdict: it decides which allow entries have expired.
    pub today: jiff::civil::Date,
}

/// As [`run`], with the verdict of a gate.
#[cfg(feature = "files")]
pub fn gate(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    rules: &RuleSet,
    options: &Options,
    gate: &GateOptions<'_>,
) -> Report {
    let series = line_up(snapshots, by, filter);
    let mut diagnosis = diagnose(&series, rules);
    let verdict = judge(&series, &mut diagnosis.findings, gate.policy, gate.baseline, gate.today);
    let mut report = report(&series, &diagnosis, rules, options);
    report.verdict = Some(verdict);
    report
}

/// The last snapshot as a baseline.
#[cfg(feature = "files")]
pub fn baseline(
    snapshots: impl Iterator<Item = Snapshot>,
    by: &By,
    filter: &Filter,
    reason: &str,
) -> Baseline {
    Baseline::of(&line_up(snapshots, by, filter), reason)
}

/// What is wrong with the proof of a rule, held against all rules: empty if it fires first where it says so, and stays
/// quiet on its near misses.
pub fn faults_of(rule: &Rule, rules: &RuleSet) -> Vec<String> {
    let mut faults = Vec::new();
    for proof in rule.fires.iter() {
        match matched(proof, rules) {
            Err(error) => faults.push(format!("{}: {}: {error}", rule.id, proof.why)),
            Ok(groups) => {
                // Remarks of a low priority stand beside what says more.
                let first = groups.iter().any(|ids| ids.first() == Some(&rule.id.as_ref()));
                let beside =
                    rule.priority <= REMARK && groups.iter().any(|ids| ids.contains(&rule.id.as_ref()));
                if !first && !beside {
                    faults.push(format!("{}: {}: it should be first of {groups:?}", rule.id, proof.why));
                }
            }
        }
    }
    for proof in rule.stays_quiet.iter() {
        match matched(proof, rules) {
            Err(error) => faults.push(format!("{}: {}: {error}", rule.id, proof.why)),
            Ok(groups) if groups.iter().any(|ids| ids.contains(&rule.id.as_ref())) => {
                faults.push(format!("{}: {}: it should stay quiet", rule.id, proof.why));
            }
            Ok(_) => {}
        }
    }
    faults
}

/// Rules up to this priority are remarks beside others.
const REMARK: u8 = 20;

/// The rules that hold for each group of a proof's last moment.
fn matched<'r>(proof: &Example, rules: &'r RuleSet) -> Result<Vec<Vec<&'r str>>, InputError> {
    let mut snapshots = Vec::new();
    for (dump, minute) in proof.dumps.iter().zip(1i64..) {
        let name = format!("dump {minute}");
        let files = vec![Input::from_bytes(name.clone(), dump.trim_start().as_bytes().to_vec())];
        let taken_at = Some(minute * 60_000_000_000);
        let input =
            SnapshotInput { origin: name, files, selection: Selection::Named, taken_at, go_version: None };
        snapshots.push(read_snapshot(input, &Limits::default())?);
    }
    let series = line_up(snapshots.into_iter(), &By::default(), &Filter::default());
    Ok(matching(&series, rules))
}

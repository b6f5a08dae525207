//! Judges findings by a policy.
//!
//! **Invariant:** the gate fails closed. An input that is incomplete or cannot be compared never passes. The only thresholds
//! here are those of the policy and the baseline, which produce findings like those of rules.

mod baseline;
mod limits;
mod own_rules;
mod policy;
mod policy_fleet;
mod verdict;

use jiff::civil::Date;

use crate::diagnose::Confidence;
use crate::diagnose::Finding;
use crate::model::Kind;
use crate::rules::Level;
use crate::series::Series;
use crate::sort;
use crate::text::word;

use baseline::function_of;

pub use baseline::Baseline;
pub use baseline::BaselineChange;
pub use baseline::BaselineError;
pub use own_rules::is_limit;
pub use policy::AllowEntry;
pub use policy::GateLimits;
pub use policy::Policy;
pub use policy::PolicyAgents;
pub use policy::PolicyError;
pub use policy::PolicyOutlook;
pub use policy_fleet::PolicyFleet;
pub use policy_fleet::PolicyOwner;
pub use verdict::GateOutcome;
pub use verdict::GateVerdict;

/// The fewest snapshots that can show a trend (`series/growth/trend.rs`).
const MIN_TREND: usize = 4;

/// Judges a series. Sets the levels of the findings as the policy says, and adds findings for exceeded limits.
///
/// `today` decides which allow entries have expired. `baseline` pins accepted counts.
pub fn judge(
    series: &Series,
    findings: &mut Vec<Finding>,
    policy: &Policy,
    baseline: Option<&Baseline>,
    today: Date,
) -> GateVerdict {
    if let Some(baseline) = baseline {
        findings.extend(baseline.exceeded(series));
    }
    findings.extend(limits::exceeded(series, &policy.limits));
    for finding in findings.iter_mut() {
        if let Some(level) = policy.levels.get(&finding.rule) {
            finding.level = *level;
        }
    }
    let mut verdict = GateVerdict::default();
    policy.apply(series, findings, today, &mut verdict);
    sort::by(findings, |a, b| {
        b.level.cmp(&a.level).then(b.confidence.cmp(&a.confidence)).then(b.gain.cmp(&a.gain))
    });
    verdict.denied = findings.iter().filter(|it| it.level == Level::Deny).count();
    verdict.outcome = match (unusable(series), verdict.denied, inconclusive(series, findings, baseline)) {
        (Some(why), _, _) => GateOutcome::Unusable(why),
        (None, 1.., _) => GateOutcome::Denied,
        (None, 0, Some(why)) => GateOutcome::Inconclusive(why),
        (None, 0, None) => GateOutcome::Pass,
    };
    verdict
}

/// Why the series cannot be judged; `None` if it can.
fn unusable(series: &Series) -> Option<String> {
    for column in &series.columns {
        let is_empty = column.goroutines <= 0 && column.kind == Kind::Goroutine;
        let faults = [
            (column.incomplete, "is incomplete"),
            (column.is_delta, "is a delta of two snapshots, not a snapshot"),
            (column.unexpected_unit, "does not count goroutines"),
            (column.has_frame_filters, "requests to hide frames (drop_frames), which may hide a leak"),
            (is_empty, "has no goroutines"),
        ];
        if let Some((_, fault)) = faults.iter().find(|(is_so, _)| *is_so) {
            return Some(format!("{} {fault}", column.origin_word()));
        }
    }
    for [before, after] in series.columns.array_windows() {
        if before.kind != after.kind {
            return Some(format!(
                "{} and {} are profiles of different kinds",
                before.origin_word(),
                after.origin_word()
            ));
        }
        if let (Some(earlier), Some(later)) = (before.taken_at, after.taken_at)
            && later < earlier
        {
            return Some(format!(
                "{} is older than {}: give the oldest first",
                after.origin_word(),
                before.origin_word()
            ));
        }
    }
    series.other_program.clone()
}

/// Why a pass cannot be claimed although nothing is denied; `None` if it can.
fn inconclusive(series: &Series, findings: &[Finding], baseline: Option<&Baseline>) -> Option<String> {
    let columns = series.columns.len();
    if columns < 2 && baseline.is_none() {
        return Some("a single snapshot cannot show growth".to_owned());
    }
    if let Some(column) = series.load.restarts.last().and_then(|at| series.columns.get(*at)) {
        return Some(format!("the process restarted before {}", column.origin_word()));
    }
    let grew = findings
        .iter()
        .find(|it| it.confidence == Confidence::Suspect && it.level == Level::Warn && it.gain > 0)?;
    let row = series.rows.get(*grew.rows.first()?)?;
    let function = function_of(series, row).map_or("a stack without frames".into(), word);
    let (before, after) = (grew.count - grew.gain, grew.count);
    let grew = format!("{function} grew from {before} to {after} ({})", row.fingerprint);
    if columns < MIN_TREND {
        return Some(format!("{grew}, and {columns} snapshots are too few to distinguish growth from load"));
    }
    series.load.moved.as_ref().map(|moved| format!("{grew}, and {moved}"))
}

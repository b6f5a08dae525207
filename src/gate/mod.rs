//! Findings and a policy to a verdict.
//!
//! **Invariant:** a gate fails closed: what could not be read whole, or cannot be compared, never passes. There are no
//! thresholds here but those that the policy names; they give findings like any rule's.

mod baseline;
mod limits;
mod policy;
mod verdict;

use jiff::civil::Date;

use crate::diagnose::Confidence;
use crate::diagnose::Finding;
use crate::rules::Level;
use crate::series::Series;

pub use baseline::Baseline;
pub use baseline::BaselineError;
pub use limits::is_limit;
pub use policy::AllowEntry;
pub use policy::Limits;
pub use policy::Policy;
pub use policy::PolicyError;
pub use policy::PolicyOutlook;
pub use verdict::Outcome;
pub use verdict::Verdict;

/// Judges a series. Levels of findings are changed as the policy says; those of its limits are added.
///
/// `today` decides whether an entry of the policy has ended; `baseline` pins what is accepted.
pub fn judge(
    series: &Series,
    findings: &mut Vec<Finding>,
    policy: &Policy,
    baseline: Option<&Baseline>,
    today: Date,
) -> Verdict {
    if let Some(baseline) = baseline {
        findings.extend(baseline.exceeded(series));
    }
    findings.extend(limits::exceeded(series, &policy.limits));
    for finding in findings.iter_mut() {
        if let Some(level) = policy.levels.get(&finding.rule) {
            finding.level = *level;
        }
    }
    let (allowed, mut remarks) = policy.apply(series, findings, today);
    findings.sort_by(|a, b| {
        b.level.cmp(&a.level).then(b.confidence.cmp(&a.confidence)).then(b.gain.cmp(&a.gain))
    });
    let denied = findings.iter().filter(|it| it.level == Level::Deny).count();
    let unused_allows = std::mem::take(&mut remarks.unused);
    let outcome = match (unusable(series), denied, inconclusive(series, findings, baseline)) {
        (Some(why), _, _) => Outcome::Unusable(why),
        (None, 1.., _) => Outcome::Denied,
        (None, 0, Some(why)) => Outcome::Inconclusive(why),
        (None, 0, None) => Outcome::Pass,
    };
    Verdict { outcome, denied, allowed, unused_allows, remarks: remarks.told }
}

/// Why the series cannot be judged at all.
fn unusable(series: &Series) -> Option<String> {
    for column in &series.columns {
        let origin = &column.origin;
        if column.incomplete {
            return Some(format!("{origin} could not be read whole"));
        }
        if column.is_delta {
            return Some(format!("{origin} is the difference of two moments, not a moment"));
        }
        if column.unexpected_unit {
            return Some(format!("{origin} counts something else than goroutines"));
        }
        if column.has_frame_filters {
            return Some(format!("{origin} asks to hide frames, so the server may hide a leak"));
        }
        if column.goroutines <= 0 && column.kind == crate::model::Kind::Goroutine {
            return Some(format!("{origin} holds no goroutine"));
        }
    }
    for pair in series.columns.array_windows::<2>() {
        let [before, after] = pair;
        if before.kind != after.kind {
            return Some(format!("{} and {} are of two kinds", before.origin, after.origin));
        }
        if let (Some(earlier), Some(later)) = (before.taken_at, after.taken_at)
            && later < earlier
        {
            return Some(format!("{} is older than {}: give the oldest first", after.origin, before.origin));
        }
    }
    series.other_program.clone()
}

/// Why nothing denied does not mean that all is well.
fn inconclusive(series: &Series, findings: &[Finding], baseline: Option<&Baseline>) -> Option<String> {
    let columns = series.columns.len();
    if columns < 2 && baseline.is_none() {
        return Some("one snapshot cannot show growth".to_owned());
    }
    if !series.load.restarts.is_empty() {
        return Some("the process was started anew in between".to_owned());
    }
    let grew = findings
        .iter()
        .find(|it| it.confidence == Confidence::Suspect && it.level == Level::Warn && it.gain > 0);
    if let Some(finding) = grew
        && columns < 4
    {
        return Some(format!(
            "{} grew, and {columns} snapshots cannot tell growth from load",
            finding.fingerprints[0]
        ));
    }
    series.load.moved.clone().filter(|_| grew.is_some())
}

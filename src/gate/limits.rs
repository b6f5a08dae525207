//! Limits of the policy as findings.

use crate::diagnose::Confidence;
use crate::diagnose::Finding;
use crate::rules::Level;
use crate::series::Row;
use crate::series::Series;
use crate::text::pluralize;

use super::policy::Limits;

/// Whether a finding is one of the policy's own: a number was exceeded, whatever the goroutines do.
pub fn is_limit(rule: &str) -> bool {
    matches!(rule, "max-goroutines" | "max-total-growth" | "max-growth" | "max-age" | "over-baseline")
}

/// What is over a limit.
pub(super) fn exceeded(series: &Series, limits: &Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let total = series.columns.last().map_or(0, |column| column.goroutines);
    let first = series.columns.first().map_or(0, |column| column.goroutines);
    if let Some(most) = limits.max_goroutines
        && total > i128::from(most)
    {
        let message = format!("{}, {most} are allowed", pluralize(total, "goroutine"));
        findings.push(finding("max-goroutines", Vec::new(), series, message, total, total - first));
    }
    if let Some(most) = limits.max_total_growth
        && total - first > i128::from(most)
    {
        let message =
            format!("{} more than before, {most} are allowed", pluralize(total - first, "goroutine"));
        findings.push(finding("max-total-growth", Vec::new(), series, message, total, total - first));
    }
    for (index, row) in series.rows.iter().enumerate() {
        let gain = row.gain();
        let before = row.counts.first().copied().unwrap_or(0);
        let over = limits.max_growth.is_some_and(|most| gain > i128::from(most));
        // A share of nothing is no measure: what is new is for max_growth.
        let share =
            limits.max_growth_share.is_some_and(|most| before > 0 && gain as f64 > most * before as f64);
        if over || share {
            let message = format!("{} gained, more than the policy allows", pluralize(gain, "goroutine"));
            findings.push(finding("max-growth", vec![index], series, message, row.count(), gain));
        }
        let oldest = row.facts.minutes().last().copied().unwrap_or(0);
        if limits.max_age_minutes.is_some_and(|most| oldest > most) && row.count() > 0 {
            let message = format!("{oldest} min waited, more than the policy allows");
            findings.push(finding("max-age", vec![index], series, message, row.count(), gain));
        }
    }
    findings
}

/// A finding of the policy's own. Without a row it is about all goroutines; the leading row stands for them.
pub(super) fn finding(
    rule: &str,
    rows: Vec<usize>,
    series: &Series,
    message: String,
    count: i128,
    gain: i128,
) -> Finding {
    let rows = if rows.is_empty() && !series.rows.is_empty() { vec![0] } else { rows };
    let fingerprints =
        rows.iter().filter_map(|row| series.rows.get(*row)).map(|row: &Row| row.fingerprint).collect();
    Finding {
        rule: rule.to_owned(),
        title: "a limit of the policy".to_owned(),
        level: Level::Deny,
        confidence: Confidence::Likely,
        fingerprints,
        rows,
        causes: Vec::new(),
        heading: message.clone(),
        message,
        evidence: Vec::new(),
        advice: String::new(),
        sketch: String::new(),
        links: Vec::new(),
        count,
        gain,
    }
}

//! Turns exceeded limits of the policy into findings.

use crate::diagnose::Confidence;
use crate::diagnose::Finding;
use crate::diagnose::SourceView;
use crate::rules::Level;
use crate::series::Row;
use crate::series::Series;
use crate::text::pluralize;

use super::policy::GateLimits;

pub(super) fn exceeded(series: &Series, limits: &GateLimits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let total = series.columns.last().map_or(0, |column| column.goroutines);
    let first = series.columns.first().map_or(0, |column| column.goroutines);
    if let Some(max) = limits.max_goroutines
        && total > i128::from(max)
    {
        let message = format!("{}, at most {max} are allowed", pluralize(total, "goroutine"));
        findings.push(finding("max-goroutines", Vec::new(), series, message, total, total - first));
    }
    if let Some(max) = limits.max_total_growth
        && total - first > i128::from(max)
    {
        let message = format!(
            "{} more than in the first snapshot, at most {max} are allowed",
            pluralize(total - first, "goroutine")
        );
        findings.push(finding("max-total-growth", Vec::new(), series, message, total, total - first));
    }
    for (index, row) in series.rows.iter().enumerate() {
        let gain = row.gain();
        let before = row.counts.first().copied().unwrap_or(0);
        let over = limits.max_growth.is_some_and(|max| gain > i128::from(max));
        // A new stack has no share: it is for max_growth.
        let share =
            limits.max_growth_share.is_some_and(|max| before > 0 && gain as f64 > max * before as f64);
        if over || share {
            let message = format!("{} gained, more than the policy allows", pluralize(gain, "goroutine"));
            findings.push(finding("max-growth", vec![index], series, message, row.count(), gain));
        }
        let oldest = row
            .facts
            .minutes()
            .last()
            .copied()
            .max(row.facts.minutes_range().map(|(_, longest)| longest))
            .unwrap_or(0);
        if limits.max_age_minutes.is_some_and(|max| oldest > max) && row.count() > 0 {
            let message = format!("a goroutine has waited {oldest} min, longer than the policy allows");
            findings.push(finding("max-age", vec![index], series, message, row.count(), gain));
        }
    }
    findings
}

/// A finding of a limit. If `rows` is empty, it is about all goroutines, and the first row represents them.
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
        title: "a limit of the policy was exceeded".to_owned(),
        level: Level::Deny,
        confidence: Confidence::Likely,
        fingerprints,
        rows,
        causes: Vec::new(),
        heading: message.clone(),
        facts: (message.clone(), message.clone()),
        message,
        evidence: Vec::new(),
        main_evidence: Vec::new(),
        conclusions: Vec::new(),
        advice: String::new(),
        sketch: String::new(),
        links: Vec::new(),
        count,
        gain,
        source: SourceView::default(),
    }
}

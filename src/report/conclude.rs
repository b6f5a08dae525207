//! Decides what a report says of growth.

use std::cmp::Reverse;

use crate::diagnose::Diagnosis;
use crate::diagnose::Finding;
use crate::series::Row;
use crate::series::Series;
use crate::series::growth::Growth;
use crate::series::growth::Shape;
use crate::series::growth::Thresholds;
use crate::series::growth::Verdict;
use crate::text::pluralize;
use crate::text::with_thousands;
use crate::text::word;

use super::conclusion::Conclusion;
use super::conclusion::GrowthConclusion;
use super::conclusion::Scattered;
use super::group_line::grows;
use super::group_line::name;

/// The conclusion from the findings and these rows of a series.
pub(super) fn conclude(series: &Series, diagnosis: &Diagnosis, rows: &[usize]) -> Conclusion {
    let all = series.rows.iter().zip(&diagnosis.background);
    let all: Vec<(&Row, &Option<String>)> = all.collect();
    let rows: Vec<_> = rows.iter().filter_map(|row| all.get(*row).copied()).collect();
    let proven = |row: &Row| row.facts.proven().unwrap_or(0).clamp(0, row.count().max(0));
    let proven = rows.iter().map(|(row, _)| proven(row)).sum();
    let scattered = scattered(series, &rows);
    Conclusion { growth: growth(series, &diagnosis.findings, &rows, scattered), proven, scattered }
}

/// The growth of rows that are not said to grow, because each is too small or background, if together they are as many as a row that
/// is judged would need.
fn scattered(series: &Series, rows: &[(&Row, &Option<String>)]) -> Option<Scattered> {
    let Thresholds { min_gain, min_share, .. } = Thresholds::default();
    let first = series.columns.first().filter(|_| series.columns.len() > 1)?.goroutines;
    let is_silent = |(row, what): &&(&Row, &Option<String>)| {
        !grows(row) && (row.gain().abs() < min_gain || what.is_some())
    };
    let gains = || rows.iter().filter(is_silent).map(|(row, _)| row.gain());
    let gain: i128 = gains().sum();
    let gained = gains().filter(|gain| *gain > 0);
    let scattered = Scattered { gain, rows: gained.count(), most: gains().max().unwrap_or(0) };
    (gain >= min_gain && gain as f64 >= min_share * first as f64).then_some(scattered)
}

fn growth(
    series: &Series,
    findings: &[Finding],
    rows: &[(&Row, &Option<String>)],
    scattered: Option<Scattered>,
) -> GrowthConclusion {
    if rows.is_empty() {
        return GrowthConclusion::NoGroups;
    }
    if series.columns.len() < 2 {
        return GrowthConclusion::SingleSnapshot;
    }
    let rows_of =
        |it: &Finding| it.rows.iter().filter_map(|row| series.rows.get(*row)).collect::<Vec<&Row>>();
    let growing = || findings.iter().map(rows_of).filter(|rows| rows.iter().any(|row| grows(row)));
    let count = growing().count();
    if count > 0 {
        let goes_on = growing().any(|rows| rows.first().is_some_and(|row| row.is_growing()));
        return GrowthConclusion::Findings { count, goes_on };
    }
    let growing = || rows.iter().filter(|(row, _)| grows(row));
    let count = growing().filter(|(row, what)| what.is_none() && !is_bare(series, row)).count();
    if count > 0 {
        return GrowthConclusion::Rows { count };
    }
    if let Some((row, what)) = growing().next() {
        let what = what.as_deref().unwrap_or("goroutines without a stack").to_owned();
        return GrowthConclusion::Background { what, gain: row.gain() };
    }
    GrowthConclusion::Nothing(why_nothing_grows(series, rows, scattered))
}

/// Whether a row has no frames, although rows are stacks: no finding is about it.
fn is_bare(series: &Series, row: &Row) -> bool {
    series.by.is_by_stack() && row.stack.is_empty()
}

/// Why nothing grows, as half a sentence.
fn why_nothing_grows(
    series: &Series,
    rows: &[(&Row, &Option<String>)],
    scattered: Option<Scattered>,
) -> String {
    let Thresholds { min_gain, .. } = Thresholds::default();
    // Rows may be in another order than that of their gain. Of equal ones, the first counts.
    let largest = rows.iter().filter(|(_, what)| what.is_none()).min_by_key(|(row, _)| Reverse(row.gain()));
    let largest = largest.map(|(row, _)| row).filter(|row| row.gain() >= min_gain);
    if let Some(row) = largest {
        let name = name(series, row, &row.stack.frames(&series.names).collect::<Vec<_>>());
        let place =
            name.map_or(String::new(), |it| format!(" in {}", word(series.names.function_name(it.function))));
        let why = row.growth.as_ref().map_or("", |it| no_growth(it));
        return format!("the largest gain, {}{place}, {why}", with_thousands(row.gain()));
    }
    if let Some(Scattered { most, .. }) = scattered {
        return format!("no stack gained more than {}", with_thousands(most));
    }
    let stacks = pluralize(rows.len() as i128, "stack");
    format!("none of {stacks} gained at least 10 goroutines and 20 % more than load explains")
}

fn no_growth(it: &Growth) -> &'static str {
    match (it.shape, it.verdict) {
        (Some(Shape::GrowsWithLoad), _) => "is no more than that of the load",
        (Some(Shape::Plateau), _) => "has come to a stop",
        (Some(Shape::Burst), _) => "came at once",
        (Some(Shape::Drains), _) => "falls again",
        (Some(Shape::Sawtooth), _) => "falls back again and again",
        (_, Verdict::Steady) => "is small beside its count",
        (_, Verdict::Shrinking) => "does not last",
        (_, Verdict::Fluctuating) => "is within its ups and downs",
        (_, Verdict::Growing | Verdict::Unclear) => "shows no clear trend",
    }
}

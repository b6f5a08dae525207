//! The reason why nothing grows.

use crate::diagnose::Diagnosis;
use crate::rules::Level;
use crate::series::Series;
use crate::series::growth::Growth;
use crate::series::growth::Shape;
use crate::series::growth::Thresholds;
use crate::series::growth::Verdict;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::group_line::grows;
use super::group_line::name;

/// Why nothing grows, as half a sentence; `None` if there is a finding, or with a single snapshot.
pub(super) fn no_growth_reason(series: &Series, diagnosis: &Diagnosis) -> Option<String> {
    if series.columns.len() < 2 || diagnosis.findings.iter().any(|it| it.level > Level::Allow) {
        return None;
    }
    let mut background: Vec<(&str, i128)> = Vec::new();
    for (row, what) in series.rows.iter().zip(&diagnosis.background).filter(|(row, _)| grows(row)) {
        match what {
            Some(what) => background.push((what, row.gain())),
            // No finding is about goroutines without frames, but they grow all the same.
            None if series.by.is_by_stack() && row.stack.is_empty() => {
                background.push(("goroutines without a stack", row.gain()))
            }
            None => return None,
        }
    }
    if let Some((what, gain)) = background.first() {
        return Some(format!("only background does, {what} by {}", with_thousands(*gain)));
    }
    let largest = series.rows.iter().zip(&diagnosis.background).find(|(_, what)| what.is_none());
    if let Some((row, _)) = largest.filter(|(row, _)| row.gain() >= Thresholds::default().min_gain) {
        let name = name(series, row, &row.stack.frames(&series.names).collect::<Vec<_>>());
        let place =
            name.map_or(String::new(), |it| format!(" in {}", series.names.function_name(it.function)));
        let why = row.growth.as_ref().map_or("", |it| no_growth(it));
        return Some(format!("the largest gain, {}{place}, {why}", with_thousands(row.gain())));
    }
    let stacks = pluralize(series.rows.len() as i128, "stack");
    Some(format!("none of {stacks} gained at least 10 goroutines and 20 % more than load explains"))
}

/// Why a gain is not growth.
fn no_growth(it: &Growth) -> &'static str {
    match (it.shape, it.verdict) {
        (Some(Shape::GrowsWithLoad), _) => "is no more than that of the load",
        (Some(Shape::Plateau), _) => "has come to a stop",
        (Some(Shape::Burst), _) => "came at once",
        (Some(Shape::Sawtooth), _) => "falls back again and again",
        (_, Verdict::Steady) => "is small beside its count",
        (_, Verdict::Shrinking) => "does not last",
        (_, Verdict::Fluctuating) => "is within its ups and downs",
        (_, Verdict::Growing | Verdict::Unclear) => "shows no clear trend",
    }
}

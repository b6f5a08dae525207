//! Reasons in a sentence that a colleague would say, without test statistics.

use super::Shape;
use super::Verdict;
use super::reasons::Counts;
use super::reasons::Rationale;
use super::reasons::Reason;
use super::reasons::TestContext;
use super::reasons::duration;
use super::reasons::snapshots_of;
use super::retention::CohortTotals;
use super::retention::Retention;
use super::retention::SurvivalTrend;

impl Reason {
    /// The reason in one short sentence; `None` where it only repeats the counts.
    pub fn summary(&self) -> Option<String> {
        let Reason { counts, rationale, context } = self;
        match rationale {
            Rationale::TooFew => Some(format!("There {} only.", is_only(context))),
            Rationale::Constant => None,
            Rationale::Small => None,
            Rationale::Ids(retention, totals, _) => Some(ids(*retention, totals, context)),
            Rationale::Survival(it) => Some(survival(it)),
            Rationale::Trend(_, shape) => Some(trend(counts, *shape, context)),
            Rationale::Shape(_, verdict, shape) => course(counts, *verdict, *shape),
        }
    }
}

fn is_only(context: &TestContext) -> String {
    let verb = if context.snapshots == 1 { "is" } else { "are" };
    format!("{verb} {}", snapshots_of(context))
}

/// ` in 50 s`; empty without times.
fn in_span(context: &TestContext) -> String {
    context.span.map(|hours| format!(" in {}", duration(hours))).unwrap_or_default()
}

fn ids(retention: Retention, totals: &CohortTotals, context: &TestContext) -> String {
    let CohortTotals { steps, born: new, exited, born_steps, still, most, .. } = *totals;
    let span = in_span(context);
    let none_or = |n: u64| if n == 0 { "none".to_owned() } else { n.to_string() };
    let were = if new == 1 { "was" } else { "were" };
    let exited = none_or(exited);
    let created = match new {
        0 => format!("None was created{span} and {exited} exited"),
        n => format!("{n} {were} created{span} and {exited} exited"),
    };
    match retention {
        Retention::Accumulate | Retention::Climb if steps < 2 => {
            "They stay, but 2 snapshots cannot tell a burst from a trend.".to_owned()
        }
        Retention::Accumulate if born_steps == steps => format!("{created}; some in every interval."),
        Retention::Accumulate => format!("{created}; some in {born_steps} of {steps} intervals."),
        Retention::Climb => format!("{created}; there were more after every interval."),
        Retention::FilledUp => {
            let last = still.max(steps.div_ceil(3));
            format!("Few or none were created in the last {last} intervals: it has filled up.")
        }
        Retention::SingleJump => format!("{most} of the {new} new ones came in one interval."),
        Retention::Churn => format!("They come and go: {}.", created.replacen("None", "none", 1)),
        Retention::Unclassified => format!("{created}."),
    }
}

fn survival(it: &SurvivalTrend) -> String {
    format!(
        "They live longer and longer: {:.0} % survived an interval at first, {:.0} % later.",
        it.early * 100.0,
        it.late * 100.0
    )
}

fn trend(counts: &Counts, shape: Option<Shape>, context: &TestContext) -> String {
    let Counts { first, last, .. } = *counts;
    let rose = format!("Grew from {first} to {last}{}", in_span(context));
    match shape {
        Some(Shape::GrowsWithLoad) => format!("{rose}, but no more than the load."),
        Some(Shape::Grew) => {
            format!("{rose}, but {} snapshots cannot tell a burst from a trend.", context.snapshots)
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None if context.load_too_high => {
            format!("{rose}, but the load changed too much to judge.")
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None => {
            format!("{rose}, more than chance and load explain.")
        }
    }
}

fn course(counts: &Counts, verdict: Verdict, shape: Option<Shape>) -> Option<String> {
    let Counts { least, most, .. } = *counts;
    match (verdict, shape) {
        (_, Some(Shape::Plateau)) => Some(format!("Rose to {most} and has stopped rising.")),
        (_, Some(Shape::Burst)) => Some(format!("Rose to {most} and fell back to {least}.")),
        (_, Some(Shape::Sawtooth)) => {
            Some(format!("Climbs to {most} and falls back to {least}, again and again."))
        }
        (Verdict::Steady, _) => None,
        (Verdict::Shrinking, _) => Some("It falls.".to_owned()),
        (Verdict::Fluctuating | Verdict::Growing | Verdict::Unclear, _) => {
            Some(format!("Between {least} and {most}, without a clear trend."))
        }
    }
}

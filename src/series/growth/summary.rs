//! Reasons in a sentence that a colleague would say, without test statistics.

use super::Shape;
use super::Verdict;
use super::reasons::Counts;
use super::reasons::Ground;
use super::reasons::Reason;
use super::reasons::Scale;
use super::reasons::duration;
use super::reasons::snapshots_of;
use super::retention::Ledger;
use super::retention::Stay;
use super::retention::Stayers;

impl Reason {
    /// The reason in one short sentence; `None` where it only repeats the counts.
    pub fn summary(&self) -> Option<String> {
        let Reason { counts, ground, scale } = self;
        match ground {
            Ground::TooFew => Some(format!("There {} only.", is_only(scale))),
            Ground::Constant => None,
            Ground::Small => None,
            Ground::Ids(stay, ledger, _) => Some(ids(*stay, ledger, scale)),
            Ground::Stayers(it) => Some(stayers(it)),
            Ground::Trend(_, shape) => Some(trend(counts, *shape, scale)),
            Ground::Course(_, verdict, shape) => course(counts, *verdict, *shape),
        }
    }
}

fn is_only(scale: &Scale) -> String {
    let verb = if scale.snapshots == 1 { "is" } else { "are" };
    format!("{verb} {}", snapshots_of(scale))
}

/// ` in 50 s`; empty without times.
fn in_span(scale: &Scale) -> String {
    scale.span.map(|hours| format!(" in {}", duration(hours))).unwrap_or_default()
}

fn ids(stay: Stay, ledger: &Ledger, scale: &Scale) -> String {
    let Ledger { steps, born, exited, born_steps, still, most, .. } = *ledger;
    let span = in_span(scale);
    let none_or = |n: u64| if n == 0 { "none".to_owned() } else { n.to_string() };
    let were = if born == 1 { "was" } else { "were" };
    let exited = none_or(exited);
    let created = match born {
        0 => format!("None was created{span} and {exited} exited"),
        n => format!("{n} {were} created{span} and {exited} exited"),
    };
    match stay {
        Stay::Accumulate | Stay::Climb if steps < 2 => {
            "They stay, but 2 snapshots cannot tell a burst from a trend.".to_owned()
        }
        Stay::Accumulate if born_steps == steps => format!("{created}; some in every interval."),
        Stay::Accumulate => format!("{created}; some in {born_steps} of {steps} intervals."),
        Stay::Climb => format!("{created}; there were more after every interval."),
        Stay::Filled => {
            let last = still.max(steps.div_ceil(3));
            format!("Few or none were created in the last {last} intervals: it has filled up.")
        }
        Stay::AtOnce => format!("{most} of the {created} new ones came in one interval."),
        Stay::Churn => format!("They come and go: {}.", created.replacen("None", "none", 1)),
        Stay::Open => format!("{created}."),
    }
}

fn stayers(it: &Stayers) -> String {
    format!(
        "They live longer and longer: {:.0} % survived an interval at first, {:.0} % later.",
        it.early * 100.0,
        it.late * 100.0
    )
}

fn trend(counts: &Counts, shape: Option<Shape>, scale: &Scale) -> String {
    let Counts { first, last, .. } = *counts;
    let rose = format!("Grew from {first} to {last}{}", in_span(scale));
    match shape {
        Some(Shape::GrowsWithLoad) => format!("{rose}, but no more than the load."),
        Some(Shape::Grew) => {
            format!("{rose}, but {} snapshots cannot tell a burst from a trend.", scale.snapshots)
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None if scale.load_too_high => {
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

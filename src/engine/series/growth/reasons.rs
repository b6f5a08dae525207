//! The reason of each verdict in words: in full for JSON and `--explain`, and short for a page.

use std::fmt;
use std::sync::Arc;

use super::GrowthBasis;
use super::Shape;
use super::Thresholds;
use super::Verdict;
use super::measured::Cutoffs;
use super::retention::CohortTotals;
use super::retention::Retention;
use super::retention::SurvivalTrend;
use super::trend::MIN_TREND;
use super::trend::Trend;
use super::window::Window;

/// Why a verdict is what it is. Displayed, it is one sentence from which the verdict can be recomputed; [`Reason::summary`] is
/// the same without the test statistics. Few reasons are read, so the words are put together on demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub(super) counts: Counts,
    pub(super) rationale: Rationale,
    pub(super) context: Arc<TestContext>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().0)
    }
}

impl Reason {
    /// The reason in one short sentence, as a colleague would say it; `None` where it only repeats the counts.
    pub fn summary(&self) -> Option<String> {
        self.words().1
    }

    /// The reason in full, and short.
    fn words(&self) -> (String, Option<String>) {
        let Reason { counts: Counts { first, last, least, most }, rationale, context } = self;
        let since = if context.start > 0 { " since the restart" } else { "" };
        let (plural, are) = if context.snapshots == 1 { ("", "is") } else { ("s", "are") };
        let snapshots = format!("{} snapshot{plural}{since}", context.snapshots);
        let min_gain = context.thresholds.min_gain;
        let (why, short) = match rationale {
            Rationale::TooFew => {
                let short = format!("There {are} {snapshots} only.");
                return (format!("{snapshots}: at least 2 are needed"), Some(short));
            }
            Rationale::Constant => {
                return (format!("{first} in each of {} snapshots", context.snapshots), None);
            }
            Rationale::Small => {
                let why = format!("too few to show a gain of {min_gain}");
                return (format!("between {least} and {most} over {snapshots}: {why}"), None);
            }
            Rationale::Ids(retention, totals, basis) => ids(*retention, totals, *basis, context),
            Rationale::Survival(it) => survival(it, min_gain),
            Rationale::Trend(it, shape) => {
                let (why, short) = trend(it, *shape, context);
                (why, Some(format!("Grew from {first} to {last}{}{short}.", in_span(context))))
            }
            Rationale::Shape(it, verdict, shape) => course(&self.counts, *verdict, *shape, it, context),
        };
        let over = context.span.map(|hours| format!("{}, ", duration(hours))).unwrap_or_default();
        let load = context.load_factor;
        (format!("{first} to {last} over {snapshots} ({over}load x{load:.1}): {why}"), short)
    }
}

/// ` in 50 s`; empty without times.
fn in_span(context: &TestContext) -> String {
    context.span.map(|hours| format!(" in {}", duration(hours))).unwrap_or_default()
}

fn ids(
    retention: Retention,
    totals: &CohortTotals,
    basis: GrowthBasis,
    context: &TestContext,
) -> (String, Option<String>) {
    let CohortTotals { steps, born: all, exited, born_steps, still, most, .. } = *totals;
    let number = |n: u64| if n == 0 { "none".to_owned() } else { n.to_string() };
    let were = if all == 1 { "was" } else { "were" };
    let (new, exited, span) = (number(all), number(exited), in_span(context));
    let created = match all {
        0 => format!("None was created{span} and {exited} exited"),
        n => format!("{n} {were} created{span} and {exited} exited"),
    };
    let (why, short) = match retention {
        Retention::Accumulate | Retention::Climb if steps < 2 => {
            let but = "but 2 snapshots cannot tell a burst from a trend";
            (format!("; they stay, {but}"), format!("They stay, {but}."))
        }
        Retention::Accumulate => {
            let of_steps = format!("{born_steps} of {steps} intervals");
            let some = if born_steps == steps { "every interval" } else { &of_steps };
            (format!("; new ones in {of_steps}, at least 90 % stay"), format!("{created}; some in {some}."))
        }
        Retention::Climb => (
            format!("; more after each of {steps} intervals, at least 3 created for each that exits"),
            format!("{created}; there were more after every interval."),
        ),
        Retention::Drain => {
            let more = "more exited than were created in the last interval".to_owned();
            (format!("; {more}: it drains"), format!("It drains: {more}."))
        }
        Retention::FilledUp => {
            let last = format!("in the last {} intervals: it has filled up", still.max(steps.div_ceil(3)));
            (format!("; none or few of them {last}"), format!("Few or none were created {last}."))
        }
        Retention::SingleJump => (
            format!("; {most} of the {all} in one interval"),
            format!("{most} of the {all} new ones came in one interval."),
        ),
        Retention::Churn => (
            "; they come and go (at least one exits for every two created)".to_owned(),
            format!("They come and go: {}.", created.replacen("None", "none", 1)),
        ),
        Retention::Unclassified => (String::new(), format!("{created}.")),
    };
    let is_proof = basis == GrowthBasis::Proof;
    let left = if is_proof { ", and all that are left are proven unreachable" } else { "" };
    (format!("by goroutine ID, {new} {were} created and {exited} exited{left}{why}"), Some(short))
}

/// Goroutines come and go, while more and more stay.
fn survival(it: &SurvivalTrend, min_gain: i128) -> (String, Option<String>) {
    let (early, late) = (it.early * 100.0, it.late * 100.0);
    let (beyond, p) = (it.beyond, Short(it.p_value));
    let why = format!(
        "by goroutine ID, survival per interval rose from {early:.0} % in the earlier half to {late:.0} % in the later \
         ({beyond:.0} more survivors than expected, at least {min_gain}; p = {p}); load does not explain it"
    );
    let shares = format!("{early:.0} % survived an interval at first, {late:.0} % later");
    (why, Some(format!("They live longer and longer: {shares}.")))
}

/// Counts that rise. The short text follows on "Grew from 2 to 8".
fn trend(it: &Trend, shape: Option<Shape>, context: &TestContext) -> (String, String) {
    let tests = tests(it, context);
    match shape {
        Some(Shape::GrowsWithLoad) => {
            let no_more = ", but no more than the load";
            (format!("it rises{no_more} ({tests})"), no_more.to_owned())
        }
        Some(Shape::Grew) => {
            let n = format!("{} snapshots cannot tell a burst from a trend", context.snapshots);
            (format!("{tests}; {n}"), format!(", but {n}"))
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Drains | Shape::Sawtooth) | None
            if context.load_too_high =>
        {
            (
                format!(
                    "it rises ({tests}), but the load changed by more than x{:.1}",
                    context.thresholds.max_load
                ),
                ", but the load changed too much to judge".to_owned(),
            )
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Drains | Shape::Sawtooth) | None => {
            (tests, ", more than chance and load explain".to_owned())
        }
    }
}

/// Counts that do not pass as rising.
fn course(
    counts: &Counts,
    verdict: Verdict,
    shape: Option<Shape>,
    it: &Trend,
    context: &TestContext,
) -> (String, Option<String>) {
    let Counts { least, most, .. } = *counts;
    let Thresholds { min_gain, min_share, level, .. } = context.thresholds;
    let no_trend = || Some(format!("Between {least} and {most}, without a clear trend."));
    match (verdict, shape) {
        (_, Some(Shape::Plateau)) => {
            let short = format!("Rose to {most} and has stopped rising.");
            ("it rose and has stopped rising".to_owned(), Some(short))
        }
        (Verdict::Unclear, Some(Shape::Burst)) => {
            (format!("most of the rise to {most} came at once"), Some(format!("Rose to {most} at once.")))
        }
        (_, Some(Shape::Burst)) => {
            let short = format!("Rose to {most} and fell back to {least}.");
            (format!("up to {most} and back to {least}"), Some(short))
        }
        (_, Some(Shape::Drains)) => {
            ("it rose and falls again".to_owned(), Some(format!("Rose to {most} and falls again.")))
        }
        (_, Some(Shape::Sawtooth)) => {
            let climbs = format!("to {most} and falls back to {least}");
            (format!("it climbs {climbs}"), Some(format!("Climbs {climbs}, again and again.")))
        }
        (Verdict::Steady, _) => {
            let share = min_share * 100.0;
            (format!("between {least} and {most}, less than {min_gain} or {share:.0} % apart"), None)
        }
        (Verdict::Shrinking, _) => ("it falls".to_owned(), Some("It falls.".to_owned())),
        (Verdict::Fluctuating, _) if it.p_row > level => {
            let test = format!("Mann-Kendall p = {}, at most {} is one", Short(it.p_row), Short(level));
            (format!("between {least} and {most}, no trend ({test})"), no_trend())
        }
        // The counts rise, but another of the tests does not pass.
        (Verdict::Growing | Verdict::Unclear | Verdict::Fluctuating, _) => {
            let tests = tests(it, context);
            (format!("between {least} and {most}, no trend that passes ({tests})"), no_trend())
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    first: i128,
    last: i128,
    least: i128,
    most: i128,
}

impl Counts {
    pub(super) fn of(counts: &[i128]) -> Self {
        let or_none = |count: Option<&i128>| count.copied().unwrap_or(0);
        Counts {
            first: or_none(counts.first()),
            last: or_none(counts.last()),
            least: or_none(counts.iter().min()),
            most: or_none(counts.iter().max()),
        }
    }
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Rationale {
    /// There are fewer than 2 snapshots to judge.
    TooFew,
    /// It never changes.
    Constant,
    Small,
    Ids(Retention, CohortTotals, GrowthBasis),
    /// Goroutines come and go, while more and more stay.
    Survival(SurvivalTrend),
    /// Counts rise.
    Trend(Trend, Option<Shape>),
    /// Counts do not pass as rising.
    Shape(Trend, Verdict, Option<Shape>),
}

/// What all rows of a judgement were compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TestContext {
    start: usize,
    snapshots: usize,
    /// Hours from the first snapshot to the last; `None` without times.
    span: Option<f64>,
    load_factor: f64,
    load_too_high: bool,
    thresholds: Thresholds,
    /// The p-value up to which a trend counts, or one alone would.
    cutoff: f64,
}

impl TestContext {
    pub(super) fn new(window: &Window<'_>, cutoffs: &Cutoffs) -> Self {
        TestContext {
            start: window.start,
            snapshots: window.snapshots,
            span: window.hours.and_then(|hours| Some(hours.last()? - hours.first()?)),
            load_factor: window.load_factor,
            load_too_high: window.load_too_high(),
            thresholds: window.thresholds.clone(),
            cutoff: cutoffs.trend.max(window.thresholds.fdr / cutoffs.tested.max(1) as f64),
        }
    }
}

/// The tests of a trend, each with its threshold.
fn tests(it: &Trend, context: &TestContext) -> String {
    let cutoff = context.cutoff;
    let (row, family) = (Short(it.p_row), Short(it.p_family));
    let (gain, floor) = (Short(it.gain), Short(it.floor));
    if context.snapshots < MIN_TREND {
        return format!("gain {gain} (at least {floor}), p = {family} (at most {})", Short(cutoff));
    }
    format!(
        "Mann-Kendall p = {row} (at most {}); gain by slope {gain} (at least {floor}); at most {} in the earlier half \
         and at least {} in the later, p = {family} (at most {})",
        Short(context.thresholds.level),
        Short(it.early_most),
        Short(it.late_least),
        Short(cutoff)
    )
}

fn duration(hours: f64) -> String {
    match hours {
        hours if hours >= 1.0 => format!("{} h", Short(hours)),
        hours if hours * 60.0 >= 1.0 => format!("{} min", Short(hours * 60.0)),
        hours => format!("{} s", Short(hours * 3600.0)),
    }
}

/// A number with three digits at most.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        match size {
            _ if size == 0.0 => f.write_str("0"),
            _ if size < 0.001 => write!(f, "{:.0e}", self.0),
            _ if size < 0.1 => write!(f, "{:.3}", self.0),
            _ if size < 10.0 => write!(f, "{}", (self.0 * 100.0).round() / 100.0),
            _ if size < 100.0 => write!(f, "{}", (self.0 * 10.0).round() / 10.0),
            _ => write!(f, "{:.0}", self.0),
        }
    }
}

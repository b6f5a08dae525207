//! Reasons: sentences from which a verdict can be recomputed.

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

/// Why a verdict is what it is: displayed, one sentence from which it can be recomputed. Few of them are read, so the words are
/// only put together then.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub(super) counts: Counts,
    pub(super) rationale: Rationale,
    pub(super) context: Arc<TestContext>,
}

/// How many goroutines there were at the moments that are judged.
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
    /// There are fewer than 2 moments to judge.
    TooFew,
    /// It never changes.
    Constant,
    /// It is too small for a trend.
    Small,
    Ids(Retention, CohortTotals, GrowthBasis),
    /// Goroutines come and go, while more and more stay.
    Survival(SurvivalTrend),
    /// Counts rise.
    Trend(Trend, Option<Shape>),
    /// Counts do not pass as rising.
    Shape(Trend, Verdict, Option<Shape>),
}

/// What all rows of a judgement were held against.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TestContext {
    /// The first column that is judged.
    start: usize,
    snapshots: usize,
    /// Hours from the first moment to the last; `None` without times.
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

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { counts, rationale, context } = self;
        f.write_str(&match rationale {
            Rationale::TooFew => too_few(context),
            Rationale::Constant => constant(counts, context),
            Rationale::Small => small(counts, context),
            Rationale::Ids(retention, totals, basis) => ids(counts, *retention, totals, *basis, context),
            Rationale::Survival(it) => survival(counts, it, context),
            Rationale::Trend(it, shape) => trend(counts, it, *shape, context),
            Rationale::Shape(it, verdict, shape) => course(counts, *verdict, *shape, it, context),
        })
    }
}

/// Of a row with fewer than 2 moments to judge.
fn too_few(context: &TestContext) -> String {
    let why = if context.start > 0 { "since the process restarted " } else { "" };
    format!("{why}there {}: at least 2 are needed", plural(context.snapshots, "is", "are"))
}

/// Of a row that never changes.
fn constant(counts: &Counts, context: &TestContext) -> String {
    format!("{} in each of {} snapshots", counts.first, context.snapshots)
}

/// Of a row too small for a trend.
fn small(counts: &Counts, context: &TestContext) -> String {
    let Counts { least, most, .. } = *counts;
    let min_gain = context.thresholds.min_gain;
    format!(
        "between {least} and {most} in {} snapshots: a gain of {min_gain} could not be",
        context.snapshots
    )
}

/// Of ids.
fn ids(
    counts: &Counts,
    retention: Retention,
    totals: &CohortTotals,
    basis: GrowthBasis,
    context: &TestContext,
) -> String {
    let of = match basis {
        GrowthBasis::Counts | GrowthBasis::Cohort => "by ids",
        GrowthBasis::Proof => "all that are left are proven lost;",
    };
    let CohortTotals { steps, born, exited, born_steps, still, most, .. } = *totals;
    let came = format!("{}, {of} {born} came and {exited} went", course_of(counts, context));
    match retention {
        Retention::Accumulate | Retention::Climb if steps < 2 => {
            format!("{came}: they stay, but 2 snapshots cannot tell a burst from a trend")
        }
        Retention::Accumulate => {
            format!("{came}, births in {born_steps} of {steps} steps: nearly all stay (9 in 10)")
        }
        Retention::Climb => {
            format!("{came}, more after each of {steps} steps, for each that goes 3 and more come")
        }
        Retention::FilledUp => format!(
            "{came}, none or few of them in the last {} steps: it has filled up",
            still.max(steps.div_ceil(3))
        ),
        Retention::SingleJump => format!("{came}, {most} of them in one step"),
        Retention::Churn => format!("{came}: they come and go (half as many and more go as come)"),
        Retention::Unclassified => came,
    }
}

/// Of goroutines that come and go, while more and more stay.
fn survival(counts: &Counts, it: &SurvivalTrend, context: &TestContext) -> String {
    format!(
        "{}, by ids {:.0} % survive a step in the earlier half and {:.0} % in the later, {:.0} more than would have \
         (at least {}), which load does not explain: p {}",
        course_of(counts, context),
        it.early * 100.0,
        it.late * 100.0,
        it.beyond,
        context.thresholds.min_gain,
        Short(it.p_value)
    )
}

/// Of counts that rise.
fn trend(counts: &Counts, it: &Trend, shape: Option<Shape>, context: &TestContext) -> String {
    let tests = tests(it, context);
    let what = course_of(counts, context);
    match shape {
        Some(Shape::GrowsWithLoad) => format!("{what}: it rises, but not beyond the load ({tests})"),
        Some(Shape::Grew) => {
            format!("{what}: {tests}; {} snapshots cannot tell a burst from a trend", context.snapshots)
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None if context.load_too_high => format!(
            "{what}: it rises ({tests}), but the load moved more than x{:.1}",
            context.thresholds.max_load
        ),
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None => format!("{what}: {tests}"),
    }
}

/// Of counts that do not pass as rising.
fn course(
    counts: &Counts,
    verdict: Verdict,
    shape: Option<Shape>,
    it: &Trend,
    context: &TestContext,
) -> String {
    let Counts { least, most, .. } = *counts;
    let what = course_of(counts, context);
    match (verdict, shape) {
        (_, Some(Shape::Plateau)) => format!("{what}: it rose and has stopped rising"),
        (_, Some(Shape::Burst)) => format!("{what}: up to {most} and back to {least}"),
        (_, Some(Shape::Sawtooth)) => format!("{what}: it climbs to {most} and falls back to {least}"),
        (Verdict::Steady, _) => {
            let thresholds = &context.thresholds;
            let (gain, share) = (thresholds.min_gain, thresholds.min_share * 100.0);
            format!("{what}, between {least} and {most}: less than {gain} or {share:.0} % apart")
        }
        (Verdict::Shrinking, _) => format!("{what}: it falls"),
        (Verdict::Fluctuating, _) => format!(
            "{what}, between {least} and {most}: no trend, p {} (at most {})",
            Short(it.p_row),
            Short(context.thresholds.level)
        ),
        (Verdict::Growing | Verdict::Unclear, _) => {
            format!("{what}, between {least} and {most}: no trend that passes ({})", tests(it, context))
        }
    }
}

/// The tests of a trend, each with its threshold.
fn tests(it: &Trend, context: &TestContext) -> String {
    let cutoff = context.cutoff;
    let (row, family) = (Short(it.p_row), Short(it.p_family));
    let (gain, floor) = (Short(it.gain), Short(it.floor));
    if context.snapshots < MIN_TREND {
        return format!("gain {gain} (at least {floor}), p {family} (at most {})", Short(cutoff));
    }
    format!(
        "trend p {row} (at most {}), slope x span {gain} (at least {floor}), at most {} in the earlier half and at \
         least {} in the later, halves p {family} (at most {})",
        Short(context.thresholds.level),
        Short(it.early_most),
        Short(it.late_least),
        Short(cutoff)
    )
}

/// From where to where, in how many moments, how long, at which load.
fn course_of(counts: &Counts, context: &TestContext) -> String {
    let Counts { first, last, .. } = *counts;
    let over = context.span.map(|hours| format!(" over {}", duration(hours))).unwrap_or_default();
    let since = if context.start > 0 { " since the restart" } else { "" };
    format!(
        "{first} to {last} in {} snapshots{since}{over} at load x{:.1}",
        context.snapshots, context.load_factor
    )
}

fn duration(hours: f64) -> String {
    match hours {
        hours if hours >= 1.0 => format!("{} h", Short(hours)),
        hours if hours * 60.0 >= 1.0 => format!("{} min", Short(hours * 60.0)),
        hours => format!("{} s", Short(hours * 3600.0)),
    }
}

fn plural(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("{one} 1 snapshot") } else { format!("{many} {n} snapshots") }
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

//! Reasons: sentences from which a verdict can be recomputed, for JSON and `--explain`.

use std::fmt;
use std::sync::Arc;

use super::GrowthBasis;
use super::Shape;
use super::Thresholds;
use super::Verdict;
use super::measured::Cutoffs;
use super::retention::Ledger;
use super::retention::Stay;
use super::retention::Stayers;
use super::trend::MIN_TREND;
use super::trend::Trend;
use super::window::Window;

/// Why a verdict is what it is. Displayed, it is one sentence from which the verdict can be recomputed; [`Reason::summary`] is
/// the same without the test statistics. Few reasons are read, so the words are put together on demand.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    pub(super) counts: Counts,
    pub(super) ground: Ground,
    pub(super) scale: Arc<Scale>,
}

/// Counts of goroutines over the snapshots that are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    pub(super) first: i128,
    pub(super) last: i128,
    pub(super) least: i128,
    pub(super) most: i128,
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
pub(super) enum Ground {
    /// There are fewer than 2 snapshots to judge.
    TooFew,
    /// It never changes.
    Constant,
    /// It is too small for a trend.
    Small,
    Ids(Stay, Ledger, GrowthBasis),
    /// Goroutines come and go, while more and more stay.
    Stayers(Stayers),
    /// Counts rise.
    Trend(Trend, Option<Shape>),
    /// Counts do not pass as rising.
    Course(Trend, Verdict, Option<Shape>),
}

/// What all rows of a judgement were compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// The first column that is judged.
    pub(super) start: usize,
    pub(super) snapshots: usize,
    /// Hours from the first snapshot to the last; `None` without times.
    pub(super) span: Option<f64>,
    load_factor: f64,
    pub(super) load_too_high: bool,
    thresholds: Thresholds,
    /// The p-value up to which a trend counts, or one alone would.
    cutoff: f64,
}

impl Scale {
    pub(super) fn new(window: &Window<'_>, cutoffs: &Cutoffs) -> Self {
        Scale {
            start: window.start,
            snapshots: window.snapshots,
            span: window.hours.and_then(|hours| Some(hours.last()? - hours.first()?)),
            load_factor: window.load_factor,
            load_too_high: window.load_too_high(),
            thresholds: window.thresholds.clone(),
            cutoff: cutoffs.adjusted.max(window.thresholds.fdr / cutoffs.tested.max(1) as f64),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { counts, ground, scale } = self;
        f.write_str(&match ground {
            Ground::TooFew => too_few(scale),
            Ground::Constant => constant(counts, scale),
            Ground::Small => small(counts, scale),
            Ground::Ids(stay, ledger, basis) => ids(counts, *stay, ledger, *basis, scale),
            Ground::Stayers(it) => stayers(counts, it, scale),
            Ground::Trend(it, shape) => trend(counts, it, *shape, scale),
            Ground::Course(it, verdict, shape) => course(counts, *verdict, *shape, it, scale),
        })
    }
}

/// A row with fewer than 2 snapshots to judge.
fn too_few(scale: &Scale) -> String {
    format!("{}: at least 2 are needed", snapshots_of(scale))
}

/// A row that never changes.
fn constant(counts: &Counts, scale: &Scale) -> String {
    format!("{} in each of {} snapshots", counts.first, scale.snapshots)
}

/// A row too small for a trend.
fn small(counts: &Counts, scale: &Scale) -> String {
    let Counts { least, most, .. } = *counts;
    let min_gain = scale.thresholds.min_gain;
    format!("between {least} and {most} over {}: too few to show a gain of {min_gain}", snapshots_of(scale))
}

/// Goroutine IDs.
fn ids(counts: &Counts, stay: Stay, ledger: &Ledger, basis: GrowthBasis, scale: &Scale) -> String {
    let left = match basis {
        GrowthBasis::Counts | GrowthBasis::Cohort => "",
        GrowthBasis::Proof => ", and all that are left are proven unreachable",
    };
    let Ledger { steps, born, born_steps, still, most, .. } = *ledger;
    let known = format!("{}: by goroutine ID, {}{left}", course_of(counts, scale), created(ledger));
    match stay {
        Stay::Accumulate | Stay::Climb if steps < 2 => {
            format!("{known}; they stay, but 2 snapshots cannot tell a burst from a trend")
        }
        Stay::Accumulate => {
            format!("{known}; new ones in {born_steps} of {steps} intervals, at least 90 % stay")
        }
        Stay::Climb => {
            format!("{known}; more after each of {steps} intervals, at least 3 created for each that exits")
        }
        Stay::Filled => {
            let last = still.max(steps.div_ceil(3));
            format!("{known}; none or few of them in the last {last} intervals: it has filled up")
        }
        Stay::AtOnce => format!("{known}; {most} of the {born} in one interval"),
        Stay::Churn => format!("{known}; they come and go (at least one exits for every two created)"),
        Stay::Open => known,
    }
}

/// `300 were created and none exited`
fn created(ledger: &Ledger) -> String {
    let none_or = |n: u64| if n == 0 { "none".to_owned() } else { n.to_string() };
    let verb = if ledger.born == 1 { "was" } else { "were" };
    format!("{} {verb} created and {} exited", none_or(ledger.born), none_or(ledger.exited))
}

/// Goroutines come and go, while more and more stay.
fn stayers(counts: &Counts, it: &Stayers, scale: &Scale) -> String {
    format!(
        "{}: by goroutine ID, survival per interval rose from {:.0} % in the earlier half to {:.0} % in the later \
         ({:.0} more survivors than expected, at least {}; p = {}); load does not explain it",
        course_of(counts, scale),
        it.early * 100.0,
        it.late * 100.0,
        it.beyond,
        scale.thresholds.min_gain,
        Short(it.p_value)
    )
}

/// Counts that rise.
fn trend(counts: &Counts, it: &Trend, shape: Option<Shape>, scale: &Scale) -> String {
    let tests = tests(it, scale);
    let what = course_of(counts, scale);
    match shape {
        Some(Shape::GrowsWithLoad) => format!("{what}: it rises, but no more than the load ({tests})"),
        Some(Shape::Grew) => {
            format!("{what}: {tests}; {} snapshots cannot tell a burst from a trend", scale.snapshots)
        }
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None if scale.load_too_high => format!(
            "{what}: it rises ({tests}), but the load changed by more than x{:.1}",
            scale.thresholds.max_load
        ),
        Some(Shape::Plateau | Shape::Burst | Shape::Sawtooth) | None => format!("{what}: {tests}"),
    }
}

/// Counts that do not pass as rising.
fn course(counts: &Counts, verdict: Verdict, shape: Option<Shape>, it: &Trend, scale: &Scale) -> String {
    let Counts { least, most, .. } = *counts;
    let what = course_of(counts, scale);
    match (verdict, shape) {
        (_, Some(Shape::Plateau)) => format!("{what}: it rose and has stopped rising"),
        (_, Some(Shape::Burst)) => format!("{what}: up to {most} and back to {least}"),
        (_, Some(Shape::Sawtooth)) => format!("{what}: it climbs to {most} and falls back to {least}"),
        (Verdict::Steady, _) => {
            let thresholds = &scale.thresholds;
            let (gain, share) = (thresholds.min_gain, thresholds.min_share * 100.0);
            format!("{what}: between {least} and {most}, less than {gain} or {share:.0} % apart")
        }
        (Verdict::Shrinking, _) => format!("{what}: it falls"),
        (Verdict::Fluctuating, _) => format!(
            "{what}: between {least} and {most}, no trend (Mann-Kendall p = {}, at most {} is one)",
            Short(it.p_row),
            Short(scale.thresholds.level)
        ),
        (Verdict::Growing | Verdict::Unclear, _) => {
            format!("{what}: between {least} and {most}, no trend that passes ({})", tests(it, scale))
        }
    }
}

/// The tests of a trend, each with its threshold.
fn tests(it: &Trend, scale: &Scale) -> String {
    let cutoff = scale.cutoff;
    let (row, family) = (Short(it.p_row), Short(it.p_family));
    let (gain, floor) = (Short(it.gain), Short(it.floor));
    if scale.snapshots < MIN_TREND {
        return format!("gain {gain} (at least {floor}), p = {family} (at most {})", Short(cutoff));
    }
    format!(
        "Mann-Kendall p = {row} (at most {}); gain by slope {gain} (at least {floor}); at most {} in the earlier half \
         and at least {} in the later, p = {family} (at most {})",
        Short(scale.thresholds.level),
        Short(it.early_most),
        Short(it.late_least),
        Short(cutoff)
    )
}

/// From where to where, over how many snapshots, how long, at which load.
fn course_of(counts: &Counts, scale: &Scale) -> String {
    let Counts { first, last, .. } = *counts;
    let over = scale.span.map(|hours| format!("{}, ", duration(hours))).unwrap_or_default();
    format!("{first} to {last} over {} ({over}load x{:.1})", snapshots_of(scale), scale.load_factor)
}

/// `6 snapshots since the restart`
pub(super) fn snapshots_of(scale: &Scale) -> String {
    let since = if scale.start > 0 { " since the restart" } else { "" };
    match scale.snapshots {
        1 => format!("1 snapshot{since}"),
        n => format!("{n} snapshots{since}"),
    }
}

pub(super) fn duration(hours: f64) -> String {
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

//! The verdict on one row: the order of evidence.

use std::borrow::Cow;
use std::sync::Arc;

use super::Growth;
use super::GrowthBasis;
use super::Shape;
use super::Thresholds;
use super::Verdict;
use super::chance::p_rise;
use super::mann_kendall::MannKendall;
use super::measured::Cutoffs;
use super::measured::Measured;
use super::measured::MeasuredCohorts;
use super::reasons::Counts;
use super::reasons::Rationale;
use super::reasons::Reason;
use super::reasons::TestContext;
use super::retention::CohortTotals;
use super::retention::MIN_GAIN;
use super::retention::Retention;
use super::trend::MIN_TREND;
use super::trend::classify_shape;
use super::trend::floor;
use super::trend::is_jump;
use super::trend::is_plateau;
use super::window::Window;
use super::window::growth_of_halves;
use super::window::rate;

pub(super) struct Evidence<'a> {
    pub(super) counts: Cow<'a, [i128]>,
    pub(super) measured: &'a Measured,
    pub(super) window: &'a Window<'a>,
    pub(super) cutoffs: &'a Cutoffs,
}

/// The smallest fall from the peak that shows that a row drains, as a share of its rise.
const MIN_DRAIN: f64 = 0.2;

/// A row drains if chance alone lowers its count from the peak as much with at most this probability.
const MAX_P_DRAIN: f64 = 0.01;

struct Decision {
    verdict: Verdict,
    shape: Option<Shape>,
    basis: GrowthBasis,
    p_value: Option<f64>,
    rationale: Rationale,
}

/// The verdict on one row, with its rate and its reason. The order of evidence: a leak proof or goroutine IDs, the survival of
/// goroutines that come and go, then counts.
pub(super) fn growth(e: &Evidence<'_>, context: &Arc<TestContext>, mann_kendall: &mut MannKendall) -> Growth {
    let by_retention = e.measured.cohorts.as_deref().and_then(by_retention);
    let Decision { verdict, shape, basis, p_value, rationale } =
        by_retention.or_else(|| by_survival(e)).unwrap_or_else(|| by_trend(e, mann_kendall));
    let (per_hour, per_hour_range) = rate(&e.counts, e.measured.constant, e.window).unzip();
    let reason = Reason { counts: Counts::of(&e.counts), rationale, context: context.clone() };
    Growth { verdict, shape, basis, per_hour, per_hour_range, p_value, reason }
}

/// Decides by how many goroutines stay, by their IDs or by a leak proof; `None` if some stay and some go.
fn by_retention(cohorts: &MeasuredCohorts) -> Option<Decision> {
    let MeasuredCohorts { basis, retention, totals } = *cohorts;
    let (verdict, shape) = match retention {
        Retention::Accumulate | Retention::Climb if totals.steps >= 2 => (Verdict::Growing, None),
        Retention::Accumulate | Retention::Climb => (Verdict::Unclear, Some(Shape::Grew)),
        Retention::Drain => (Verdict::Fluctuating, Some(Shape::Drains)),
        Retention::FilledUp if totals.born >= MIN_GAIN => (Verdict::Steady, Some(Shape::Plateau)),
        Retention::FilledUp => (Verdict::Steady, None),
        Retention::SingleJump if totals.most_is_last => (Verdict::Unclear, Some(Shape::Burst)),
        Retention::SingleJump => (Verdict::Steady, Some(Shape::Plateau)),
        Retention::Churn | Retention::Unclassified => return None,
    };
    let rationale = Rationale::Ids(retention, totals, basis);
    Some(Decision { verdict, shape, basis, p_value: Some(totals.p_value(1.0)), rationale })
}

/// Decides where some goroutines stay and some go: the row grows if the share that survives rises. Where most of them go, rising
/// counts alone only show that it grows with the load. `None` leaves the row to its counts.
fn by_survival(e: &Evidence<'_>) -> Option<Decision> {
    let Evidence { counts, measured, window, cutoffs } = e;
    let MeasuredCohorts { basis, retention, totals } = *measured.cohorts.as_deref()?;
    let raw = measured.raw_trend()?;
    let counts_rise = raw.passes && raw.p_family <= cutoffs.raw_trend;
    if let Some(&survival) = measured.survival.as_deref() {
        // Goroutines that live longer under load raise the share too: the load must be steady, or the counts must rise as well.
        let is_ordered = window.load_is_steady() && survival.p_order <= window.thresholds.level;
        let is_significant =
            survival.p_value <= cutoffs.survival && survival.beyond >= window.thresholds.min_gain as f64;
        if is_significant && (counts_rise || is_ordered) && !is_plateau(&as_floats(counts), raw.floor) {
            let (verdict, p_value) = (Verdict::Growing, Some(survival.p_value));
            let rationale = Rationale::Survival(survival);
            return Some(Decision { verdict, shape: None, basis, p_value, rationale });
        }
    }
    let too_few = window.snapshots < MIN_TREND && window.load_is_steady() && !totals.is_turnover();
    if retention != Retention::Churn || !counts_rise || too_few {
        return None;
    }
    let (verdict, shape) = (Verdict::Fluctuating, Some(Shape::GrowsWithLoad));
    let rationale = Rationale::Ids(retention, totals, basis);
    Some(Decision { verdict, shape, basis, p_value: Some(totals.p_value(1.0)), rationale })
}

fn by_trend(e: &Evidence<'_>, mann_kendall: &mut MannKendall) -> Decision {
    let Evidence { counts, measured, window, cutoffs } = e;
    let decision = |verdict, shape, p_value, rationale| {
        let basis = GrowthBasis::Counts;
        Decision { verdict, shape, basis, p_value, rationale }
    };
    if window.snapshots < 2 {
        return decision(Verdict::Unclear, None, None, Rationale::TooFew);
    }
    if measured.constant {
        return decision(Verdict::Steady, None, None, Rationale::Constant);
    }
    let (Some(trend), Some(raw)) = (measured.trend, measured.raw_trend()) else {
        return decision(Verdict::Steady, None, None, Rationale::Small);
    };
    let p_value = Some(trend.p_row);
    let values = as_floats(counts);
    let is_long = window.snapshots >= MIN_TREND;
    let is_flat = is_long && is_plateau(&values, raw.floor);
    let with_peers = window.peer_growth.is_some_and(|peers| growth_of_halves(counts) <= peers);
    let beyond_load = trend.passes && trend.p_family <= cutoffs.trend && !with_peers;
    let with_load = raw.passes && raw.p_family <= cutoffs.raw_trend;
    let cohorts = measured.cohorts.as_deref();
    let totals = cohorts.map(|it| it.totals);
    if (beyond_load || with_load) && is_long && drains(&values, totals, window.thresholds) {
        let (verdict, shape) = (Verdict::Fluctuating, Some(Shape::Drains));
        return decision(verdict, shape, p_value, Rationale::Shape(trend, verdict, shape));
    }
    if !is_flat && (beyond_load || with_load) && is_long && is_jump(&values, raw.floor) {
        let (verdict, shape) = (Verdict::Unclear, Some(Shape::Burst));
        return decision(verdict, shape, p_value, Rationale::Shape(trend, verdict, shape));
    }
    if !is_flat && (beyond_load || with_load) {
        // Goroutines that come and go are no accumulation, however many there are.
        if let Some(MeasuredCohorts { basis, retention: retention @ Retention::Churn, totals }) = cohorts
            && is_long
        {
            let (verdict, shape) = (Verdict::Fluctuating, Some(Shape::GrowsWithLoad));
            return decision(verdict, shape, p_value, Rationale::Ids(*retention, *totals, *basis));
        }
        let (verdict, shape) = match beyond_load {
            true if window.load_too_high() => (Verdict::Unclear, None),
            true if is_long => (Verdict::Growing, None),
            true => (Verdict::Unclear, Some(Shape::Grew)),
            false => (Verdict::Unclear, Some(Shape::GrowsWithLoad)),
        };
        return decision(verdict, shape, p_value, Rationale::Trend(trend, shape));
    }
    let smallest = values.iter().copied().fold(f64::MAX, f64::min);
    let (verdict, shape) =
        classify_shape(&values, floor(smallest, window.thresholds), window.thresholds, mann_kendall);
    decision(verdict, shape, p_value, Rationale::Shape(trend, verdict, shape))
}

/// Whether counts rose and fall again at the end, by more than chance explains.
fn drains(counts: &[f64], totals: Option<CohortTotals>, thresholds: &Thresholds) -> bool {
    let (Some(first), Some(last)) = (counts.first(), counts.last()) else { return false };
    let most = counts.iter().copied().fold(f64::MIN, f64::max);
    let is_large = most - last >= MIN_DRAIN * (most - first);
    let by_count = || p_rise(*last, most, 1.0, thresholds.dispersion) <= MAX_P_DRAIN;
    is_large && (totals.is_some_and(|it| it.drains()) || by_count())
}

fn as_floats(counts: &[i128]) -> Vec<f64> {
    counts.iter().map(|count| *count as f64).collect()
}

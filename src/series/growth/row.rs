//! One row: what is measured of it, and what follows.

use std::sync::Arc;

use super::Growth;
use super::GrowthBasis;
use super::RowCounts;
use super::Shape;
use super::Verdict;
use super::load;
use super::measured::Cutoffs;
use super::measured::Measured;
use super::rank::MannKendall;
use super::reasons::Counts;
use super::reasons::Ground;
use super::reasons::Reason;
use super::reasons::Scale;
use super::retention::Ledger;
use super::retention::MIN_GAIN;
use super::retention::Stay;
use super::retention::Stayers;
use super::shape::course;
use super::shape::flattens;
use super::trend::MIN_TREND;
use super::trend::floor;
use super::window::Window;
use super::window::rate;

/// What is decided.
struct Decision {
    verdict: Verdict,
    shape: Option<Shape>,
    basis: GrowthBasis,
    p_value: Option<f64>,
    ground: Ground,
}

/// The verdict on one row.
pub(super) fn decide(
    row: &RowCounts,
    it: &Measured,
    window: &Window<'_>,
    cutoffs: &Cutoffs,
    scale: &Arc<Scale>,
    orders: &mut MannKendall,
) -> Growth {
    let counts = window.counts(row);
    let by_ids = it
        .stay
        .as_deref()
        .and_then(|(basis, stay, ledger)| by_ids(&counts, it, *basis, *stay, ledger, window, cutoffs));
    let Decision { verdict, shape, basis, p_value, ground } =
        by_ids.unwrap_or_else(|| by_counts(&counts, it, window, cutoffs, orders));
    let (per_hour, per_hour_range) = match rate(&counts, it.constant, window) {
        Some((rate, range)) => (Some(rate), Some(range)),
        None => (None, None),
    };
    let reason = Reason { counts: Counts::of(&counts), ground, scale: scale.clone() };
    Growth { verdict, shape, basis, per_hour, per_hour_range, p_value, reason }
}

/// What ids decide; `None` if they leave it to the counts.
fn by_ids(
    counts: &[i128],
    it: &Measured,
    basis: GrowthBasis,
    stay: Stay,
    ledger: &Ledger,
    window: &Window<'_>,
    cutoffs: &Cutoffs,
) -> Option<Decision> {
    let (verdict, shape) = match stay {
        Stay::Accumulate | Stay::Climb if ledger.steps >= 2 => (Verdict::Growing, None),
        Stay::Accumulate | Stay::Climb => (Verdict::Unclear, Some(Shape::Grew)),
        Stay::Filled if ledger.born >= MIN_GAIN => (Verdict::Steady, Some(Shape::Plateau)),
        Stay::Filled => (Verdict::Steady, None),
        Stay::AtOnce if ledger.most_is_last => (Verdict::Unclear, Some(Shape::Burst)),
        Stay::AtOnce => (Verdict::Steady, Some(Shape::Plateau)),
        Stay::Churn | Stay::Open => return by_stayers(counts, it, basis, stay, ledger, window, cutoffs),
    };
    let p_value = Some(ledger.p_value(1.0));
    Some(Decision { verdict, shape, basis, p_value, ground: Ground::Ids(stay, *ledger, basis) })
}

/// What becomes of a row of which some stay and some go: it grows if more and more stay; and where most go, only then.
fn by_stayers(
    counts: &[i128],
    it: &Measured,
    basis: GrowthBasis,
    stay: Stay,
    ledger: &Ledger,
    window: &Window<'_>,
    cutoffs: &Cutoffs,
) -> Option<Decision> {
    let raw = it.raw()?;
    let rises = raw.passes && raw.p_family <= cutoffs.raw;
    let values: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    let more_stay = |stayers: &Stayers| {
        // Lives that lengthen under load raise the share too: it must be steady, or the counts must rise as well.
        let ordered = window.load_is_steady() && stayers.p_order <= window.thresholds.level;
        let enough =
            stayers.p_value <= cutoffs.stayers && stayers.beyond >= window.thresholds.min_gain as f64;
        enough && (rises || ordered) && !flattens(&values, raw.floor)
    };
    if let Some(&stayers) = it.stayers.as_deref().filter(|it| more_stay(it)) {
        let ground = Ground::Stayers(stayers);
        let (verdict, p_value) = (Verdict::Growing, Some(stayers.p_value));
        return Some(Decision { verdict, shape: None, basis, p_value, ground });
    }
    let few = window.snapshots < MIN_TREND && window.load_is_steady();
    if stay != Stay::Churn || !rises || few {
        return None;
    }
    let ground = Ground::Ids(stay, *ledger, basis);
    let (verdict, shape) = (Verdict::Fluctuating, Some(Shape::GrowsWithLoad));
    Some(Decision { verdict, shape, basis, p_value: Some(ledger.p_value(1.0)), ground })
}

/// What counts decide.
fn by_counts(
    counts: &[i128],
    it: &Measured,
    window: &Window<'_>,
    cutoffs: &Cutoffs,
    orders: &mut MannKendall,
) -> Decision {
    let decision = |verdict, shape, p_value, ground| {
        let basis = GrowthBasis::Counts;
        Decision { verdict, shape, basis, p_value, ground }
    };
    if window.snapshots < 2 {
        return decision(Verdict::Unclear, None, None, Ground::TooFew);
    }
    if it.constant {
        return decision(Verdict::Steady, None, None, Ground::Constant);
    }
    let (Some(adjusted), Some(raw)) = (it.adjusted, it.raw()) else {
        return decision(Verdict::Steady, None, None, Ground::Small);
    };
    let p_value = Some(adjusted.p_row);
    let values: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
    let trend = window.snapshots >= MIN_TREND;
    let flat = trend && flattens(&values, raw.floor);
    let in_company = window.company.is_some_and(|company| load::growth_of_halves(counts) <= company);
    let beyond_load = adjusted.passes && adjusted.p_family <= cutoffs.adjusted && !in_company;
    let with_load = raw.passes && raw.p_family <= cutoffs.raw;
    if !flat && (beyond_load || with_load) {
        let (verdict, shape) = match beyond_load && !window.load_too_high() {
            true if trend => (Verdict::Growing, None),
            true => (Verdict::Unclear, Some(Shape::Grew)),
            false if beyond_load => (Verdict::Unclear, None),
            false => (Verdict::Unclear, Some(Shape::GrowsWithLoad)),
        };
        return decision(verdict, shape, p_value, Ground::Trend(adjusted, shape));
    }
    let least = floor(values.iter().copied().fold(f64::MAX, f64::min), window.thresholds);
    let (verdict, shape) = course(&values, least, window.thresholds, orders);
    decision(verdict, shape, p_value, Ground::Course(adjusted, verdict, shape))
}

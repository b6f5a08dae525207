//! Measurements of each row, and the cutoffs that follow from all of them.

use super::GrowthBasis;
use super::RowCounts;
use super::chance::benjamini_hochberg;
use super::mann_kendall::MannKendall;
use super::retention::CohortTotals;
use super::retention::Retention;
use super::retention::SurvivalTrend;
use super::retention::retention;
use super::retention::survival_trend;
use super::trend::Trend;
use super::trend::trend;
use super::window::Window;

/// The measurements of one row, made before rows are compared. All rows have one at the same time, so rare parts are boxed.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Whether the count is the same in all snapshots.
    pub(super) constant: bool,
    /// `None` without goroutine IDs or a leak proof, or if no goroutine was created or exited.
    pub(super) cohorts: Option<Box<MeasuredCohorts>>,
    /// Whether more and more survive; measured where some stay and some go.
    pub(super) survival: Option<Box<SurvivalTrend>>,
    /// The trend of the counts divided by the load; `None` if the row is too small to show one.
    pub(super) trend: Option<Trend>,
    /// The trend of the counts themselves; `None` where the load makes no difference.
    raw_trend: Option<Box<Trend>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct MeasuredCohorts {
    /// `Cohort` or `Proof`.
    pub(super) basis: GrowthBasis,
    pub(super) retention: Retention,
    pub(super) totals: CohortTotals,
}

impl Measured {
    /// The trend of the counts, not adjusted for the load; `None` if the row is too small to show one.
    pub(super) fn raw_trend(&self) -> Option<&Trend> {
        self.raw_trend.as_deref().or(self.trend.as_ref())
    }
}

/// Measures one row.
pub(super) fn measure(row: &RowCounts, window: &Window<'_>, mann_kendall: &mut MannKendall) -> Measured {
    let min_gain = window.thresholds.min_gain;
    let counts = row.counts.get(window.start..).unwrap_or_default();
    let is_complete = counts.len() == window.snapshots;
    let constant = is_complete && counts.windows(2).all(|pair| pair[0] == pair[1]);
    let no_turnover = row.cohorts.iter().all(|cohort| cohort.born == 0 && cohort.exited == 0);
    let mut measured = Measured { constant, cohorts: None, survival: None, trend: None, raw_trend: None };
    if window.snapshots < 2 {
        return measured;
    }
    if constant && no_turnover {
        let tested = counts.first().is_some_and(|count| *count >= min_gain);
        measured.trend = tested.then(|| Trend { p_row: 1.0, p_family: 1.0, ..Trend::default() });
        return measured;
    }
    let counts = window.counts(row);
    let (basis, cohorts) = window.cohorts(row, &counts);
    if !cohorts.is_empty() {
        let (retention, totals) = (retention(&cohorts, window.load_factor), CohortTotals::of(&cohorts));
        measured.cohorts = Some(Box::new(MeasuredCohorts { basis, retention, totals }));
    }
    if counts.iter().any(|count| *count >= min_gain) {
        let values: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
        let raw = trend(&values, &window.steady, window.thresholds, mann_kendall);
        measured.trend = Some(raw);
        if window.load.iter().any(|factor| *factor != 1.0) {
            measured.raw_trend = Some(Box::new(raw));
            measured.trend = Some(trend(&values, window.load, window.thresholds, mann_kendall));
        }
        let retention = measured.cohorts.as_deref().map(|it| it.retention);
        if let Some(Retention::Churn | Retention::Unclassified) = retention {
            measured.survival = survival_trend(&cohorts, mann_kendall).map(Box::new);
        }
    }
    measured
}

/// The p-values up to which tests are significant, each corrected for the number of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cutoffs {
    pub(super) trend: f64,
    pub(super) raw_trend: f64,
    pub(super) survival: f64,
    pub(super) tested: usize,
    /// The smallest p-value of the trends adjusted for the load; `None` if none was tested.
    pub(super) smallest_p: Option<f64>,
}

impl Cutoffs {
    pub(super) fn new(measured: &[Measured], fdr: f64) -> Self {
        let trends = || measured.iter().filter_map(|it| it.trend.map(|trend| trend.p_family));
        let raw_trends = measured.iter().filter_map(|it| it.raw_trend().map(|trend| trend.p_family));
        let survival = measured.iter().filter_map(|it| it.survival.as_ref().map(|it| it.p_value));
        Cutoffs {
            trend: benjamini_hochberg(trends(), fdr),
            raw_trend: benjamini_hochberg(raw_trends, fdr),
            survival: benjamini_hochberg(survival, fdr),
            tested: trends().count(),
            smallest_p: trends().min_by(f64::total_cmp),
        }
    }
}

//! What is measured of each row, and the cutoffs that follow from all of them.

use super::GrowthBasis;
use super::RowCounts;
use super::chance::cutoff;
use super::rank::MannKendall;
use super::retention::Ledger;
use super::retention::Stay;
use super::retention::Stayers;
use super::retention::stay;
use super::retention::stayers;
use super::trend::Trend;
use super::trend::trend;
use super::window::Window;

/// What is measured of one row before rows are compared. There is one for each row at the same time, so what few have lies
/// apart.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// Whether the count is the same at all moments.
    pub(super) constant: bool,
    /// What ids amount to, with what; `None` without ids, or if nothing came and went.
    pub(super) stay: Option<Box<(GrowthBasis, Stay, Ledger)>>,
    /// Whether more and more stay; measured where some stay and some go.
    pub(super) stayers: Option<Box<Stayers>>,
    /// The trend of the counts over the load; `None` if the row is too small to show one.
    pub(super) adjusted: Option<Trend>,
    /// The trend of the counts as they are; `None` where the load makes no difference.
    pub(super) raw_apart: Option<Box<Trend>>,
}

impl Measured {
    /// The trend of the counts as they are; `None` if the row is too small to show one.
    pub(super) fn raw(&self) -> Option<&Trend> {
        self.raw_apart.as_deref().or(self.adjusted.as_ref())
    }
}

/// Measures one row.
pub(super) fn measure(row: &RowCounts, window: &Window<'_>, orders: &mut MannKendall) -> Measured {
    let large = window.thresholds.min_gain;
    let counts = row.counts.get(window.start..).unwrap_or_default();
    let full = counts.len() == window.snapshots;
    let still = row.cohorts.iter().all(|cohort| cohort.born == 0 && cohort.exited == 0);
    let constant = full && counts.windows(2).all(|pair| pair[0] == pair[1]);
    let nothing = Measured { constant, stay: None, stayers: None, adjusted: None, raw_apart: None };
    if window.snapshots < 2 {
        return nothing;
    }
    if constant && still {
        let tested = counts.first().is_some_and(|count| *count >= large).then_some(Trend::NONE);
        return Measured { adjusted: tested, ..nothing };
    }
    let counts = window.counts(row);
    let (basis, cohorts) = window.cohorts(row, &counts);
    let stay = (!cohorts.is_empty())
        .then(|| Box::new((basis, stay(&cohorts, window.load_factor), Ledger::of(&cohorts))));
    let mixed = matches!(stay.as_deref(), Some((_, Stay::Churn | Stay::Open, _)));
    let mut it = Measured { stay, ..nothing };
    if counts.iter().any(|count| *count >= large) {
        let values: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
        let raw = trend(&values, &window.steady, window.thresholds, orders);
        it.adjusted = Some(raw);
        if window.load_moved() {
            it.raw_apart = Some(Box::new(raw));
            it.adjusted = Some(trend(&values, window.load, window.thresholds, orders));
        }
        it.stayers = if mixed { stayers(&cohorts, orders).map(Box::new) } else { None };
    }
    it
}

/// The p-values up to which tests count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cutoffs {
    /// For trends over the load.
    pub(super) adjusted: f64,
    /// For trends of counts as they are.
    pub(super) raw: f64,
    /// For shares that stay.
    pub(super) stayers: f64,
    /// How many rows were tested.
    pub(super) tested: usize,
    /// The smallest p-value of the trends over the load.
    pub(super) smallest_p: Option<f64>,
}

impl Cutoffs {
    /// Corrects for the number of rows.
    pub(super) fn of(measured: &[Measured], fdr: f64) -> Self {
        let adjusted = || measured.iter().filter_map(|it| it.adjusted.map(|trend| trend.p_family));
        Cutoffs {
            adjusted: cutoff(adjusted(), fdr),
            raw: cutoff(measured.iter().filter_map(|it| it.raw().map(|trend| trend.p_family)), fdr),
            stayers: cutoff(measured.iter().filter_map(|it| it.stayers.as_ref().map(|it| it.p_value)), fdr),
            tested: adjusted().count(),
            smallest_p: adjusted().min_by(f64::total_cmp),
        }
    }
}

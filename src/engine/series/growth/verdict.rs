//! The verdict on a row, and on all rows together.

use crate::text::words;

use super::Reason;

words! {
    /// Whether a row grows.
    pub enum Verdict {
        /// Goroutines accumulate.
        Growing = "growing",
        /// It changes by less than the thresholds.
        Steady = "steady",
        /// It rises and falls.
        Fluctuating = "fluctuating",
        /// It falls.
        Shrinking = "shrinking",
        /// The snapshots do not show which; the reason says why.
        Unclear = "unclear",
    }
}

words! {
    /// A known shape of the counts of a row.
    pub enum Shape {
        /// It has more goroutines than chance explains, in too few snapshots to call it a trend.
        Grew = "grew",
        /// It rises, and so does the load.
        GrowsWithLoad = "grows with load",
        /// It rose and stopped rising, as a pool does that has warmed up.
        Plateau = "plateau",
        /// It rose at once, one time or several times.
        Burst = "burst",
        /// It rose and falls again, as a backlog does.
        Drains = "drains",
        /// It climbs and falls back repeatedly.
        Sawtooth = "sawtooth",
    }
}

words! {
    /// The evidence for a verdict, the weakest first.
    pub enum GrowthBasis {
        /// The number of goroutines in each snapshot.
        Counts = "counts",
        /// Goroutine IDs: which were created, exited and survived.
        Cohort = "ids",
        /// A goroutineleak profile proves that all that are left have leaked.
        Proof = "proof",
    }
}

/// The judgement of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Whether it grows.
    pub verdict: Verdict,
    /// The shape of its counts; `None` if they have no known shape.
    pub shape: Option<Shape>,
    /// The evidence for the verdict.
    pub basis: GrowthBasis,
    /// Goroutines gained per hour: the Theil-Sen slope from 4 snapshots on (above 128 snapshots that of the medians of 128 runs),
    /// else the last count minus the first; `None` without times.
    pub per_hour: Option<f64>,
    /// The 90 % confidence interval of `per_hour`; `None` without times.
    pub per_hour_range: Option<(f64, f64)>,
    /// The probability that chance alone has this effect; `None` if nothing was tested. By goroutine IDs: of the births among births
    /// and exits, or of the survival trend; by counts: Mann-Kendall from 4 snapshots on, else the comparison of two counts.
    pub p_value: Option<f64>,
    /// Why, as a sentence.
    pub reason: Reason,
}

/// The judgement of all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// One for each row, in their order.
    pub rows: Vec<Box<Growth>>,
    /// What they were judged against.
    pub load: Load,
}

/// What moved all rows together, and how many rows were tested.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// The load at each snapshot relative to the first judged one, which has 1.
    pub factors: Vec<f64>,
    /// How the load weakens the verdicts, as a sentence; `None` if it does not.
    pub moved: Option<String>,
    /// Columns before which the process restarted. Only the snapshots after the last restart are judged.
    pub restarts: Vec<usize>,
    /// How many rows were large enough for a test.
    pub tested: usize,
    /// The smallest p-value of the tests that are corrected for the number of rows; `None` if nothing was tested.
    pub smallest_p: Option<f64>,
}

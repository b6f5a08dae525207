//! What is said of a row, and of all rows together.

use super::Reason;

/// Whether a row grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// More and more stay.
    Growing,
    /// It does not change by more than its thresholds.
    Steady,
    /// It rises and falls.
    Fluctuating,
    /// Fewer and fewer are there.
    Shrinking,
    /// The moments do not tell; the reason says why.
    Unclear,
}

impl Verdict {
    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Growing => "growing",
            Verdict::Steady => "steady",
            Verdict::Fluctuating => "fluctuating",
            Verdict::Shrinking => "shrinking",
            Verdict::Unclear => "unclear",
        }
    }
}

/// What the course of a row looks like, where it looks like something known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// There are more by more than chance explains, in too few moments to call it a trend.
    Grew,
    /// It rises, and so does the load.
    GrowsWithLoad,
    /// It rose and stopped rising, as a pool does that has warmed up.
    Plateau,
    /// It rose all at once, once or again and again.
    Burst,
    /// It climbs and falls back, over and over.
    Sawtooth,
}

impl Shape {
    /// The words for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shape::Grew => "grew",
            Shape::GrowsWithLoad => "grows with load",
            Shape::Plateau => "plateau",
            Shape::Burst => "burst",
            Shape::Sawtooth => "sawtooth",
        }
    }
}

/// What a verdict rests on, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GrowthBasis {
    /// How many there were at each moment.
    Counts,
    /// Which ids came, went and stayed.
    Cohort,
    /// All that are left are proven lost.
    Proof,
}

impl GrowthBasis {
    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            GrowthBasis::Counts => "counts",
            GrowthBasis::Cohort => "ids",
            GrowthBasis::Proof => "proof",
        }
    }
}

/// The judgement of one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Whether it grows.
    pub verdict: Verdict,
    /// What its course looks like; `None` if like nothing in particular.
    pub shape: Option<Shape>,
    /// What the verdict rests on.
    pub basis: GrowthBasis,
    /// Goroutines gained in an hour: the median of the slopes between all moments (Theil and Sen) from 4 moments on, of more than
    /// 128 between medians of 128 runs of neighbours,
    /// else the last less the first; `None` without times.
    pub per_hour: Option<f64>,
    /// Where `per_hour` lies nine times in ten; `None` without times.
    pub per_hour_range: Option<(f64, f64)>,
    /// How often chance alone does as much: Mann-Kendall from 4 moments on, else the comparison of two counts; of ids,
    /// how often as many births fall on so few exits when both are as frequent. `None` if nothing was tested.
    pub p_value: Option<f64>,
    /// Why, in words.
    pub reason: Reason,
}

/// The judgement of all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// One for each row, in their order.
    pub rows: Vec<Box<Growth>>,
    /// The load at each moment over that of the first judged one, which is 1.
    pub load: Vec<f64>,
    /// What the load did to the verdicts; `None` if it did nothing.
    pub load_moved: Option<String>,
    /// Columns before which the process restarted. Only what comes after the last of them is judged.
    pub restarts: Vec<usize>,
    /// How many rows were large enough to be tested.
    pub tested: usize,
    /// The smallest p-value among the tests that are corrected for their number; `None` if nothing was tested.
    pub smallest_p: Option<f64>,
}

//! What a judgement is made from.

/// One row's counts over all moments, and what ids say where tracebacks were had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Goroutines at each moment, oldest first. What is missing at the end counts as 0.
    pub counts: Vec<i128>,
    /// One for each pair of neighbouring moments that both have ids, oldest first; empty where ids are not known.
    pub cohorts: Vec<Cohort>,
    /// Goroutines of the last moment that a goroutineleak profile proves lost; `None` without such a profile.
    pub proven: Option<i128>,
}

/// What became of a row's goroutines between two neighbouring moments, told by their ids.
///
/// A goroutine that a dump misses and a later one has again (it ran, or was ready, while the dump was made) is best
/// counted as there all the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    /// Ids of the later moment that the earlier one does not have.
    pub born: u64,
    /// Ids of the earlier moment that the later one does not have.
    pub exited: u64,
    /// Ids that both have.
    pub survived: u64,
}

/// When the moments were.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// Hours since the first moment, one for each; `None` if any is unknown.
    pub hours: Option<Vec<f64>>,
}

/// What must be exceeded before a row is said to grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// The least gain, in goroutines, that counts alone can show.
    pub min_gain: i128,
    /// The least gain as a share of the start.
    pub min_share: f64,
    /// The highest p-value of one row's trend.
    pub level: f64,
    /// The share of false accusations among all, over the rows of one judgement (Benjamini and Hochberg).
    pub fdr: f64,
    /// How much more counts vary than a Poisson process: the ratio of variance to mean.
    pub dispersion: f64,
    /// The load factor beyond which counts decide nothing.
    pub max_load: f64,
    /// The load at each moment as the user knows it, in any unit; `None` to infer it from the counts.
    pub load: Option<Vec<f64>>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            min_gain: 10,
            min_share: 0.20,
            level: 0.05,
            fdr: 0.05,
            dispersion: 2.0,
            max_load: 3.0,
            load: None,
        }
    }
}

//! The input of a growth judgement.

/// One row's counts in all snapshots, and its cohorts where tracebacks list goroutine IDs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Goroutines in each snapshot, oldest first. Counts missing at the end are 0.
    pub counts: Vec<i128>,
    /// One for each pair of neighbouring snapshots that both list goroutine IDs, oldest first; empty if IDs are not known.
    pub cohorts: Vec<Cohort>,
    /// Goroutines of the last snapshot that a goroutineleak profile proves leaked; `None` without such a profile.
    pub proven: Option<i128>,
}

/// How a row's goroutines changed from one snapshot to the next, by goroutine ID.
///
/// A dump misses a goroutine that ran, or was ready to run, while it was made. If a later dump lists it again, it is best counted
/// as present all the time. By default there is no goroutine in either snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cohort {
    /// IDs that only the later snapshot has.
    pub born: u64,
    /// IDs that only the earlier snapshot has.
    pub exited: u64,
    /// IDs that both have.
    pub survived: u64,
}

/// Thresholds for saying that a row grows.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// The smallest gain in goroutines that counts alone can show.
    pub min_gain: i128,
    /// The smallest gain as a share of the count at the start.
    pub min_share: f64,
    /// The largest p-value of one row's trend.
    pub level: f64,
    /// The share of false alarms among all alarms of one judgement (false discovery rate, Benjamini-Hochberg).
    pub fdr: f64,
    /// How much more counts vary than a Poisson process: the ratio of variance to mean.
    pub dispersion: f64,
    /// The load factor above which counts decide nothing.
    pub max_load: f64,
    /// The load at each snapshot as stated by the user, in any unit; `None` to infer it from the counts.
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

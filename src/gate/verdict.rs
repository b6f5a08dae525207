//! The gate's verdict.

/// The outcome of a gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GateOutcome {
    /// Nothing is denied.
    #[default]
    Pass,
    /// Something is denied.
    Denied,
    /// Nothing is denied, but the snapshots cannot show whether something grows; with the reason.
    Inconclusive(String),
    /// The inputs cannot be judged; with the reason.
    Unusable(String),
}

/// The gate's outcome and how the policy's entries were used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateVerdict {
    /// The outcome.
    pub outcome: GateOutcome,
    /// Number of findings at level deny.
    pub denied: usize,
    /// Findings that an allow entry accepted, one line each.
    pub allowed: Vec<String>,
    /// Allow entries that matched nothing.
    pub unused_allows: Vec<String>,
    /// Expired entries, and entries that pin more than there are, one line each.
    pub remarks: Vec<String>,
}

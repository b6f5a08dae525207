//! What the gate says.

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is denied.
    Pass,
    /// Something is denied.
    Denied,
    /// Nothing is denied, but growth could not be told: why.
    Inconclusive(String),
    /// The inputs cannot be judged: why.
    Unusable(String),
}

/// What the gate says, and by which entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Findings at level deny.
    pub denied: usize,
    /// What an entry of the policy allowed, a line each.
    pub allowed: Vec<String>,
    /// Entries of the policy that matched nothing.
    pub unused_allows: Vec<String>,
    /// Entries that have ended or pin more than there is, a line each.
    pub remarks: Vec<String>,
}

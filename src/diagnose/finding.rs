//! A rule that holds, or growth alone, with its evidence.

use crate::rules::Level;
use crate::stacks::Fingerprint;

/// How sure we are that something is wrong, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// There are many, or they wait long; one moment cannot say more.
    Watch,
    /// It grew, or one moment shows accumulation.
    Suspect,
    /// It grows steadily, or its goroutines pile up by number.
    Likely,
    /// Go's collector proved that they can never run again.
    Proven,
}

impl Confidence {
    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Confidence::Watch => "watch",
            Confidence::Suspect => "suspect",
            Confidence::Likely => "likely",
            Confidence::Proven => "proven",
        }
    }
}

/// What is wrong with one or several groups that have one cause.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that says most of it.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// How bad it is for a gate.
    pub level: Level,
    /// How sure we are.
    pub confidence: Confidence,
    /// The groups it covers, the leading one first.
    pub fingerprints: Vec<Fingerprint>,
    /// Rows of the series, in the same order.
    pub rows: Vec<usize>,
    /// Mechanisms, the likeliest first.
    pub causes: Vec<String>,
    /// How many do what, without the place.
    pub heading: String,
    /// What is the matter, in a line.
    pub message: String,
    /// How we know, one sentence each, with every figure.
    pub evidence: Vec<String>,
    /// The strongest of it for a page: at most four short sentences without test statistics.
    pub main_evidence: Vec<String>,
    /// What to change, in a line; empty if nothing can be said.
    pub advice: String,
    /// The change as Go; empty if words say it better.
    pub sketch: String,
    /// Where the rule's knowledge comes from.
    pub links: Vec<String>,
    /// Goroutines of all its groups in the last moment.
    pub count: i128,
    /// What they gained.
    pub gain: i128,
}

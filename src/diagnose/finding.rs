//! A finding: a rule that holds, or growth alone, with its evidence.

use super::source_verdict::SourceView;
use crate::rules::Level;
use crate::stacks::Fingerprint;
use crate::text::words;

words! {
    /// The confidence that something is wrong, lowest first.
    pub enum Confidence {
        /// There are many goroutines, or they have waited for long; one snapshot cannot show more.
        Watch = "watch",
        /// It grew, or one snapshot shows accumulation.
        Suspect = "suspect",
        /// It is growing, by counts or by goroutine IDs.
        Likely = "likely",
        /// Go proved that its goroutines can never run again: its garbage collector, or its verdict of a deadlock.
        Proven = "proven",
    }
}

/// A problem of one or several groups that have one cause.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The id of the leading rule; `grew` if none holds.
    pub rule: String,
    /// The title of the rule; empty if none holds.
    pub title: String,
    /// Its level for a gate.
    pub level: Level,
    /// The confidence that something is wrong.
    pub confidence: Confidence,
    /// The groups that it covers, the leading one first.
    pub fingerprints: Vec<Fingerprint>,
    /// Rows of the series, in the same order.
    pub rows: Vec<usize>,
    /// Possible causes, the likeliest first.
    pub causes: Vec<String>,
    /// How many goroutines do what, without the location.
    pub heading: String,
    /// The same with the location, in one line.
    pub message: String,
    /// The heading and the message without what a rule concludes: what they are blocked on, and no more.
    pub facts: (String, String),
    /// All evidence with every figure, one sentence each.
    pub evidence: Vec<String>,
    /// The strongest evidence for a page: at most four short sentences without test statistics.
    pub main_evidence: Vec<String>,
    /// Sentences of the evidence that conclude from other stacks what these goroutines wait for. Source that proves a cause knows it
    /// better.
    pub conclusions: Vec<String>,
    /// What to change, in one line; empty if that is unknown.
    pub advice: String,
    /// The change as Go code; empty if the rule has none.
    pub sketch: String,
    /// Links to the sources of the rule.
    pub links: Vec<String>,
    /// Goroutines of all its groups in the last snapshot.
    pub count: i128,
    /// Their gain from the first to the last snapshot.
    pub gain: i128,
    /// What the source says; empty without source.
    pub source: SourceView,
}

//! A verdict while it is made, and the evidence lines.

use crate::diagnose::SourceCertainty;
use crate::diagnose::SourceEvidence;
use crate::syntax::Node;

/// A verdict on one cause, made by one check.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// How sure it is.
    pub(super) certainty: SourceCertainty,
    /// The cause: a slug as in the rules.
    pub(super) cause: &'static str,
    /// What the lines show.
    pub(super) sentence: String,
    /// The lines that the sentence is about.
    pub(super) evidence: Vec<SourceEvidence>,
    /// What to change, in one line; empty if the rule's advice holds.
    pub(super) advice: String,
    /// The row of another group that these goroutines wait for, and which waits itself: its cause is theirs.
    pub(super) follows: Option<usize>,
}

impl Said {
    pub(super) fn new(certainty: SourceCertainty, cause: &'static str, sentence: String) -> Self {
        Said { certainty, cause, sentence, evidence: Vec::new(), advice: String::new(), follows: None }
    }

    pub(super) fn confirmed(cause: &'static str, sentence: String) -> Self {
        Said::new(SourceCertainty::Confirmed, cause, sentence)
    }

    pub(super) fn contradicted(cause: &'static str, sentence: String) -> Self {
        Said::new(SourceCertainty::Contradicted, cause, sentence)
    }

    pub(super) fn candidate(cause: &'static str, sentence: String) -> Self {
        Said::new(SourceCertainty::Candidate, cause, sentence)
    }

    pub(super) fn undecided(cause: &'static str, sentence: String) -> Self {
        Said::new(SourceCertainty::Undecided, cause, sentence)
    }

    /// Adds a line of evidence: the first line of a node.
    pub(super) fn with(mut self, role: &str, node: Node<'_>) -> Self {
        self.evidence.push(evidence(role, node));
        self
    }

    /// Says that these goroutines wait for those of another row.
    pub(super) fn following(self, row: usize) -> Self {
        Said { follows: Some(row), ..self }
    }

    /// Says what to change.
    pub(super) fn advising(self, advice: impl Into<String>) -> Self {
        Said { advice: advice.into(), ..self }
    }
}

/// The first line of a node as evidence.
pub(super) fn evidence(role: &str, node: Node<'_>) -> SourceEvidence {
    let line = node.line();
    let tree = node.tree();
    SourceEvidence {
        role: role.to_owned(),
        file: tree.path().to_owned(),
        line,
        text: tree.line_text(line).trim().to_owned(),
    }
}

/// A line as a sentence names it: `line 31`, or with its file if that is not the one that the sentence is about.
pub(super) fn line_in(node: Node<'_>, about: Node<'_>) -> String {
    if std::ptr::eq(node.tree(), about.tree()) {
        format!("line {}", node.line())
    } else {
        format!("{}:{}", node.tree().path(), node.line())
    }
}

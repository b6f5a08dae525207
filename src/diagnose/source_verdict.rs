//! What the source says about a finding.
//!
//! It is inferred from the text of the program, without types: a profile states none of it.

use super::source_patch::SourcePatch;
use crate::text::words;

words! {
    /// How sure the source is about a cause, the least sure first.
    pub enum SourceCertainty {
        /// The source does not decide. The sentence says what stopped it.
        Undecided = "undecided",
        /// A true defect at that line, but one of several that could be the cause.
        Candidate = "candidate",
        /// The lines refute the cause that the profile suggests.
        Contradicted = "contradicted",
        /// The lines prove the mechanism, and the profile does not contradict it.
        Confirmed = "confirmed",
    }
}

/// A verdict on one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceVerdict {
    /// How sure it is.
    pub certainty: SourceCertainty,
    /// The cause that it speaks of, a slug as in [`Finding::causes`](super::Finding::causes); empty if it speaks of none.
    pub cause: String,
    /// What the lines show, in one sentence with line numbers.
    pub sentence: String,
    /// Where the goroutines wait.
    pub place: SourcePlace,
    /// The lines that the sentence is about.
    pub evidence: Vec<SourceEvidence>,
    /// What to change, in one line; empty if the rule's advice holds or nothing is known.
    pub advice: String,
    /// The change that ends it, checked again after the edit; `None` if none is written.
    pub patch: Option<SourcePatch>,
    /// Why there is no patch: the precondition that fails. Empty if there is one, or if the verdict proves nothing.
    pub refused: String,
}

/// A place in the source that a frame of the profile names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlace {
    /// The file, relative to the root of the source.
    pub file: String,
    /// The line in the source at hand, from 1.
    pub line: u32,
    /// How many lines further down it is than in the program that wrote the profile; 0 if it has not moved.
    pub moved_by: i64,
}

/// A line of source that supports a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceEvidence {
    /// What happens there: `made`, `locked`, `received`, `leaves with the lock`.
    pub role: String,
    /// The file, relative to the root of the source.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The text of the line, without indentation.
    pub text: String,
}

/// What could end the wait of a finding's goroutines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The operation that ends the wait, as the source writes it: `close(w.done)`.
    pub operation: String,
    /// Where it is.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// The exported calls that reach it, as in a profile: `github.com/fsnotify/fsnotify.(*Watcher).Close`. Empty if none does.
    pub ended_by: Vec<String>,
    /// The type of the object that the goroutine belongs to, as in a profile; empty if it belongs to none.
    pub object: String,
    /// The user's calls that make such an object, those first whose function never calls one of [`Wake::ended_by`].
    pub made_at: Vec<Construction>,
    /// Whether the goroutine then leaves the function or the loop that waits. Otherwise it goes on and waits again.
    pub is_last: bool,
    /// Whether it is known from the table of libraries and not from source at hand.
    pub from_table: bool,
}

/// A call in the user's code that makes an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Construction {
    /// The function that calls the constructor.
    pub function: String,
    /// The file, relative to the root of the source or as in the profile.
    pub file: String,
    /// The line, from 1; 0 if only the function is known.
    pub line: u32,
    /// Whether a call that ends the object is seen, in the same function or on what keeps the object. `None` if the object gets away, so
    /// that code that is not seen may end it.
    pub is_ended: Option<bool>,
}

/// All that the source says about one finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceView {
    /// Verdicts, the surest first.
    pub verdicts: Vec<SourceVerdict>,
    /// What could end the wait; empty if it is not known.
    pub wakes: Vec<Wake>,
    /// Why there is no verdict although source was looked for; empty if there is one.
    pub undecided: String,
}

impl SourceView {
    /// Whether the source says nothing, or was not at hand.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.wakes.is_empty() && self.undecided.is_empty()
    }

    /// The verdict that proves a cause; `None` if none does.
    pub fn confirmed(&self) -> Option<&SourceVerdict> {
        self.verdicts.iter().find(|it| it.certainty == SourceCertainty::Confirmed)
    }

    /// The change that ends what is proven; `None` if there is none, or if it was not asked for.
    pub fn patch(&self) -> Option<&SourcePatch> {
        self.confirmed().and_then(|it| it.patch.as_ref())
    }

    /// The verdict that says most: one that proves a cause, else the first; `None` without verdicts.
    pub fn lead(&self) -> Option<&SourceVerdict> {
        self.confirmed().or_else(|| self.verdicts.first())
    }

    /// The verdict that refutes a cause; `None` if none does, or if another one proves it.
    pub fn contradicting(&self, cause: &str) -> Option<&SourceVerdict> {
        let is_about = |it: &&SourceVerdict, certainty| it.certainty == certainty && it.cause == cause;
        if self.verdicts.iter().any(|it| is_about(&it, SourceCertainty::Confirmed)) {
            return None;
        }
        self.verdicts.iter().find(|it| is_about(it, SourceCertainty::Contradicted))
    }

    /// Verdicts that are as sure as this.
    pub fn with(&self, certainty: SourceCertainty) -> impl Iterator<Item = &SourceVerdict> {
        self.verdicts.iter().filter(move |it| it.certainty == certainty)
    }
}
